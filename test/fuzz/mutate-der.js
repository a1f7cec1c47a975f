/** @typedef {import('./random.js').Random} Random */

/**
 * An element of DER: where it starts, where its content starts, where it ends.
 * @typedef {{ start: number, content: number, end: number }} Element
 */

/** Every element of a DER tree, as far as it can be read. @param {Uint8Array} bytes @returns {Element[]} */
export function listElements(bytes) {
  /** @type {Element[]} */
  const elements = [];
  /** @param {number} at @param {number} end */
  const walk = (at, end) => {
    while (at + 2 <= end && elements.length < 2000) {
      const start = at;
      const tag = bytes[at] ?? 0;
      let length = bytes[at + 1] ?? 0;
      at += 2;
      if (length > 0x80) {
        const octets = length & 0x7f;
        if (octets > 3 || at + octets > end) return;
        length = 0;
        for (let i = 0; i < octets; i++) length = length * 256 + (bytes[at + i] ?? 0);
        at += octets;
      }
      if (at + length > end) return;
      elements.push({ start, content: at, end: at + length });
      if ((tag & 0x20) !== 0) walk(at, at + length);
      // extensions and signed values are DER inside an OCTET STRING or a BIT STRING
      else if (tag === 4) walk(at, at + length);
      else if (tag === 3) walk(at + 1, at + length);
      at += length;
    }
  };
  walk(0, bytes.length);
  return elements;
}

/**
 * One change of a DER encoding: of the bytes, or of the tree with every length above it mended.
 *
 * @param {Random} random @param {Uint8Array} bytes @returns {Uint8Array}
 */
export function mutateDer(random, bytes) {
  if (random.chance(0.4)) return mutateBytes(random, bytes);
  const elements = listElements(bytes);
  if (elements.length === 0) return mutateBytes(random, bytes);
  const { start, content, end } = random.pick(elements);
  const element = bytes.subarray(start, end);
  const other = random.pick(elements);
  switch (random.below(8)) {
    case 0:
      return splice(bytes, elements, start, end, new Uint8Array(0));
    case 1:
      return splice(bytes, elements, start, end, join(element, element));
    case 2:
      return splice(bytes, elements, start, end, bytes.subarray(other.start, other.end));
    case 3: {
      const retagged = Uint8Array.from(element);
      retagged[0] = random.pick([1, 2, 3, 4, 5, 6, 10, 12, 19, 22, 23, 24, 0x30, 0x31, 0x80, 0x81, 0x86, 0xa0, 0xa3]);
      return splice(bytes, elements, start, end, retagged);
    }
    case 4:
      return splice(bytes, elements, content, end, random.chance(0.5) ? new Uint8Array(0) : noise(random));
    case 5: {
      const changed = mutateBytes(random, bytes.subarray(content, end));
      return splice(bytes, elements, content, end, changed);
    }
    case 6:
      // a length with a superfluous octet: BER, not DER
      return splice(bytes, elements, start, end, join(Uint8Array.of(element[0] ?? 0, 0x81), element.subarray(1)));
    default:
      return splice(bytes, elements, end, end, random.chance(0.5) ? element : Uint8Array.of(5, 0));
  }
}

/** @param {Random} random @param {Uint8Array} bytes @returns {Uint8Array} */
export function mutateBytes(random, bytes) {
  const at = random.below(bytes.length + 1);
  switch (random.below(6)) {
    case 0:
    case 1:
      return flipBit(random, bytes);
    case 2: {
      const changed = Uint8Array.from(bytes);
      if (changed.length > 0) changed[at % changed.length] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
      return changed;
    }
    case 3:
      return bytes.slice(0, at);
    case 4:
      return join(bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + random.below(4))));
    default:
      return join(bytes.subarray(0, at), noise(random), bytes.subarray(at));
  }
}

/** @param {Random} random @param {Uint8Array} bytes @returns {Uint8Array} */
export function flipBit(random, bytes) {
  const changed = Uint8Array.from(bytes);
  if (changed.length === 0) return changed;
  const at = random.below(changed.length);
  changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
  return changed;
}

/** @param {Random} random @returns {Uint8Array} */
function noise(random) {
  return Uint8Array.from({ length: 1 + random.below(random.chance(0.02) ? 2000 : 8) }, () => random.below(256));
}

/**
 * Puts other bytes in the place of some, and mends the lengths of all elements around them.
 *
 * @param {Uint8Array} bytes @param {readonly Element[]} elements @param {number} from @param {number} to
 * @param {Uint8Array} by @returns {Uint8Array}
 */
export function splice(bytes, elements, from, to, by) {
  let changed = join(bytes.subarray(0, from), by, bytes.subarray(to));
  let growth = changed.length - bytes.length;
  // innermost first; the content of an element goes from its content to its end
  const around = elements.filter(
    ({ start, content, end }) => content <= from && to <= end && !(start === from && end === to),
  );
  for (const { start, content, end } of around.reverse()) {
    const length = encodeLength(end - content + growth);
    changed = join(changed.subarray(0, start + 1), length, changed.subarray(content));
    growth = changed.length - bytes.length;
  }
  return changed;
}

/** @param {number} length @returns {Uint8Array} */
function encodeLength(length) {
  if (length < 0x80) return Uint8Array.of(Math.max(0, length));
  if (length < 0x100) return Uint8Array.of(0x81, length);
  if (length < 0x10000) return Uint8Array.of(0x82, length >> 8, length & 0xff);
  return Uint8Array.of(0x83, length >> 16, (length >> 8) & 0xff, length & 0xff);
}

/** @param {...Uint8Array} parts @returns {Uint8Array} */
export function join(...parts) {
  return new Uint8Array(Buffer.concat(parts));
}
