// Preloaded into a program of an example: the names of its hosts are loopback, as the aliases of a container network
// are.
import dns from 'node:dns';

const { lookup } = dns;
dns.lookup = /** @type {typeof lookup} */ (
  (/** @type {string} */ name, /** @type {unknown[]} */ ...rest) =>
    Reflect.apply(lookup, dns, [name.endsWith('.example') ? '127.0.0.1' : name, ...rest])
);
