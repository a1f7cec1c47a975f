// Preloaded into a documented server: it listens on a free port of loopback instead of its own, and says which.
import net from 'node:net';
import tls from 'node:tls';

const listen = Reflect.get(net.Server.prototype, 'listen');
Reflect.set(
  net.Server.prototype,
  'listen',
  /** @this {net.Server} @param {unknown[]} args */
  function (...args) {
    const done = args.filter((each) => typeof each === 'function');
    this.once('listening', () => {
      const { port } = /** @type {net.AddressInfo} */ (this.address());
      process.send?.({ port, tls: this instanceof tls.Server });
    });
    return Reflect.apply(listen, this, [{ port: 0, host: '127.0.0.1' }, ...done]);
  },
);
