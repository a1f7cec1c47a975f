// What a release needs: `check [TAG]` refuses a package that must not be published, `notes TAG` prints the changelog
// of a version. Run by `npm publish` (prepublishOnly) and by .github/workflows/release.yml.
import { readFileSync } from 'node:fs';

/** @type {{ version: string, repository?: string | { url: string } }} */
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const changelog = readFileSync(new URL('../CHANGELOG.md', import.meta.url), 'utf8');

/** @param {string} version */
function startOf(version) {
  return changelog.indexOf(`\n## [${version}] - `) + 1;
}

/** @param {string} version */
function notesOf(version) {
  const start = startOf(version);
  if (start === 0) return undefined;
  const body = changelog.indexOf('\n', start) + 1;
  const end = changelog.indexOf('\n## [', body);
  return changelog.slice(body, end === -1 ? undefined : end).trim();
}

/** @param {string | undefined} tag */
function problems(tag) {
  const found = [];
  const url = typeof manifest.repository === 'string' ? manifest.repository : manifest.repository?.url;
  if (!/^(git\+)?https:\/\/[^/]+\/[^/]+\/[^/]+$/.test(url ?? '')) {
    found.push('package.json: set "repository" to the address of the repository; provenance is checked against it');
  }
  if (tag !== undefined && tag !== `v${manifest.version}`) {
    found.push(`the tag ${tag} is not that of version ${manifest.version}`);
  }
  const { version } = manifest;
  if (!notesOf(version)) found.push(`CHANGELOG.md has no section [${version}]`);
  else if (!/^## \[[^\]]+\] - \d{4}-\d{2}-\d{2}\n/.test(changelog.slice(startOf(version))))
    found.push(`CHANGELOG.md: set the date of [${version}], as YYYY-MM-DD`);
  return found;
}

const [command, tag] = process.argv.slice(2);
if (command === 'check') {
  const found = problems(tag);
  for (const problem of found) console.error(`Not publishable: ${problem}`);
  process.exitCode = found.length === 0 ? 0 : 1;
} else if (command === 'notes' && tag !== undefined) {
  const notes = notesOf(tag.replace(/^v/, ''));
  if (notes === undefined) {
    console.error(`CHANGELOG.md has no section for ${tag}`);
    process.exitCode = 1;
  } else {
    console.log(notes);
  }
} else {
  console.error('usage: release.js check [TAG] | notes TAG');
  process.exitCode = 2;
}
