const WIDTH = 760;
const ROW = 34;
const LEFT = 250;
const TOP = 64;
const SCALE = 400;

/**
 * A bar for each route: the part of its CPU time that the bare route takes too.
 *
 * @param {ReadonlyMap<string, { cpu: number, cpuRatio: number }>} routes
 * @returns {string} SVG
 */
export function plot(routes) {
  const rows = [...routes].map(([name, { cpu, cpuRatio }], index) => {
    const y = TOP + index * ROW;
    const color = name === 'bare' ? '#8a8f98' : name.startsWith('ours') ? '#2563a8' : '#b4602a';
    return [
      `<text x="${LEFT - 10}" y="${y + 16}" text-anchor="end">${name}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${(cpuRatio * SCALE).toFixed(1)}" height="22" rx="2" fill="${color}"/>`,
      `<text x="${(LEFT + cpuRatio * SCALE + 8).toFixed(1)}" y="${y + 16}">${cpuRatio.toFixed(2)} (${cpu.toFixed(0)} µs)</text>`,
    ].join('\n  ');
  });
  const height = TOP + rows.length * ROW + 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13" fill="#24292f">
  <rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
  <text x="20" y="26" font-size="16" font-weight="bold">CPU time of a bare Express route ÷ of a protected one</text>
  <text x="20" y="46">Mutual TLS, connections that stay open; in brackets the CPU time of the server for each request. More is better.</text>
  ${rows.join('\n  ')}
</svg>
`;
}
