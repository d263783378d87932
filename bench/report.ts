// Shows what the benchmark found: as a table, as JSON and as a plot.

export interface Figures {
  requestsPerSecond: number;
  /** Relative to the limit in the same round. */
  ofLimit: number;
  wholeP50Ms: number;
  wholeP99Ms: number;
  firstP50Ms: number;
  firstP99Ms: number;
  /** How many milliseconds more than the limit in the same round; for streams, until the first byte. */
  addedP50Ms: number;
  addedP99Ms: number;
  /** The server's processor time. */
  microsecondsPerRequest: number;
  residentMib: number;
}

export interface ScenarioReport {
  name: string;
  title: string;
  /** Medians over the rounds. */
  servers: Record<string, Figures>;
}

export function printTable({ title, servers }: ScenarioReport): void {
  console.log(`\n${title}`);
  const line = (...cells: string[]) =>
    console.log(cells.map((cell, at) => (at === 0 ? cell.padEnd(20) : cell.padStart(11))).join(''));
  line('', 'requests/s', 'of limit', 'added p50', 'added p99', 'CPU us', 'MiB');
  for (const [name, figures] of Object.entries(servers)) {
    line(
      name,
      String(Math.round(figures.requestsPerSecond)),
      figures.ofLimit.toFixed(2),
      `${figures.addedP50Ms.toFixed(1)} ms`,
      `${figures.addedP99Ms.toFixed(1)} ms`,
      String(Math.round(figures.microsecondsPerRequest)),
      String(figures.residentMib),
    );
  }
}

/** The median of each figure by itself. Different figures may come from different rounds. */
export function medianFigures(rounds: Figures[]): Figures {
  const names = Object.keys(rounds[0] as Figures) as Array<keyof Figures>;
  const medians = names.map(name => [name, median(rounds.map(round => round[name]))]);
  return Object.fromEntries(medians) as unknown as Figures;
}

export function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

const BAR_HEIGHT = 16;
const LABEL_WIDTH = 190;
const FULL_WIDTH = 420;
const COLOURS = ['#888888', '#c9a227', '#2a6f97', '#61a5c2'];

/** Bars of the ratio to the limit, with one group for each scenario. */
export function plot(reports: ScenarioReport[]): string {
  const bars: string[] = [];
  let y = 34;
  for (const { title, servers } of reports) {
    bars.push(`<text x="8" y="${y}" font-weight="bold">${title}</text>`);
    y += 8;
    for (const [index, [name, { ofLimit, requestsPerSecond }]] of Object.entries(
      servers,
    ).entries()) {
      const width = Math.round(Math.min(ofLimit, 1.1) * FULL_WIDTH);
      const colour = COLOURS[index % COLOURS.length];
      const said = `${ofLimit.toFixed(2)} (${Math.round(requestsPerSecond)}/s)`;
      bars.push(
        `<text x="${LABEL_WIDTH - 8}" y="${y + 12}" text-anchor="end">${name}</text>`,
        `<rect x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT - 3}" fill="${colour}"/>`,
        `<text x="${LABEL_WIDTH + width + 6}" y="${y + 12}">${said}</text>`,
      );
      y += BAR_HEIGHT;
    }
    y += 24;
  }
  const size = `width="${LABEL_WIDTH + FULL_WIDTH + 180}" height="${y}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="12" role="img">`,
    '<title>Requests a second beside the limit</title>',
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="8" y="16">Requests a second, of those of bare node:http and undici (the limit)</text>`,
    ...bars,
    '</svg>\n',
  ].join('\n');
}
