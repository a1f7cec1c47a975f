import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

/**
 * @typedef {object} Call
 * @property {string} url
 * @property {string} [certificate] name of the client certificate: `NAME.pem` with `NAME.key` beside it
 * @property {string[]} [headers] each `Name: value`
 * @property {string} [data] body; makes the request a POST
 *
 * @typedef {{ status: number, challenge?: string, body: any }} Reply
 */

/** Whether the real `curl` is on this machine. */
export function hasCurl() {
  return spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** The arguments of `curl` for a call. @param {Call} call @returns {string[]} */
export function curlArguments({ url, certificate, headers = [], data }) {
  return [
    ...['-sS', '-i', '--cacert', 'server-ca.pem'],
    ...(certificate ? ['--cert', `${certificate}.pem`, '--key', `${certificate}.key`] : []),
    ...headers.flatMap((header) => ['-H', header]),
    ...(data === undefined ? [] : ['--data', data]),
    url,
  ];
}

/** A command line that can be pasted into a shell. @param {string[]} args */
export function commandLine(args) {
  return ['curl', ...args]
    .map((word) => (/^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}

/**
 * Runs a call with `curl` in the folder that holds the certificates.
 * @param {Call} call
 * @param {string} folder
 * @returns {Promise<Reply>}
 */
export async function callWithCurl(call, folder) {
  const child = spawn('curl', curlArguments(call), { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`curl ended with ${code}`);
  const [head = '', ...rest] = output.split('\r\n\r\n');
  const challenge = /^www-authenticate: (.*)$/im.exec(head)?.[1]?.trim();
  return { status: Number(head.split(' ')[1]), ...(challenge && { challenge }), body: parse(rest.join('')) };
}

/** The same call with Node's own client. @param {Call} call @param {string} folder @returns {Promise<Reply>} */
export function callWithNode({ url, certificate, headers = [], data }, folder) {
  const credentials = certificate && {
    cert: readFileSync(`${folder}/${certificate}.pem`),
    key: readFileSync(`${folder}/${certificate}.key`),
  };
  const options = {
    method: data === undefined ? 'GET' : 'POST',
    ca: readFileSync(`${folder}/server-ca.pem`),
    agent: false,
    headers: {
      ...(data !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }),
      ...Object.fromEntries(headers.map((header) => header.split(': '))),
    },
    ...credentials,
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => (body += chunk));
      response.on('end', () => {
        const challenge = response.headers['www-authenticate'];
        resolve({ status: response.statusCode ?? 0, ...(challenge && { challenge }), body: parse(body) });
      });
    });
    sent.on('error', reject).end(data);
  });
}

/** @param {string} body */
function parse(body) {
  return body === '' ? undefined : JSON.parse(body);
}
