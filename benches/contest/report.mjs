/** Results as Markdown tables: ratios first, absolute values beside them. */

const PLATFORMS = { node: "Node", chromium: "Chromium", workerd: "workerd" };

export function report({ machine, contestants, work, matches, cold, sizes, asking, signals, loading, written }) {
  const names = Object.fromEntries(contestants);
  const parts = [
    `# The contest\n\nOne run of \`cargo xtask bench contest\` on ${machine}. All answers were checked first. A ratio says`
      + " how many times as long it takes as Tactful; absolute times are microseconds of one decision.",
    `## The work\n\n${workTable(work)}`,
    ...Object.entries(matches).map(([platform, one]) => `## ${PLATFORMS[platform]}\n\n${matchTable(one, names)}`),
    cold && `## From nothing to the first decision, 1,000 offers, Node\n\n${coldTable(cold, names)}`,
    sizes && `## What is downloaded, brotli\n\n${sizeTable(sizes, names, written)}`,
    Object.keys(asking).length > 0 && `## The session: \`ask\` after \`observe\`\n\n${askingTable(asking)}`,
    signals && `## Signals, Node\n\n${signalsTable(signals)}`,
    loading && `## 10,000 offers\n\n${loadingTable(loading)}`,
  ];
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

function workTable(work) {
  const head = ["offers", "fit a moment", "answer is none", "offers a scan reads", "tests it reads"];
  const rows = Object.entries(work).map(([key, { fittingPercent, nonePercent, scanned, tested }]) =>
    [title(key), `${short(fittingPercent)} %`, `${short(nonePercent)} %`, short(scanned), short(tested)]);
  return table(head, rows);
}

function matchTable(results, names) {
  const keys = Object.keys(Object.values(results)[0]);
  const base = results.tactful;
  const cell = ({ us, skipped }, key) => {
    if (skipped) return "skipped";
    return base?.[key]?.us === undefined ? short(us) : `**${short(us / base[key].us)}x** ${short(us)}`;
  };
  const rows = Object.entries(results).map(([id, one]) => [names[id], ...keys.map((key) => cell(one[key], key))]);
  const skipped = Object.entries(results).flatMap(([id, one]) => keys.filter((key) => one[key].skipped)
    .map((key) => `${names[id]} with ${title(key)} offers: skipped, ${one[key].skipped}.`));
  return [table(["µs of one decision", ...keys.map(title)], rows), ...skipped].join("\n\n");
}

function coldTable(cold, names) {
  const base = cold.tactful?.ms;
  const ratio = (ms) => (base === undefined ? "" : `${short(ms / base)}x`);
  const rows = Object.entries(cold).map(([id, { ms }]) => [names[id], ratio(ms), `${short(ms)} ms`]);
  return table(["", "ratio", "time"], rows);
}

function sizeTable(sizes, names, written) {
  const rows = Object.entries(sizes).map(([id, { program, catalog }]) =>
    [names[id], kilobytes(program.brotli), kilobytes(catalog.brotli), kilobytes(program.raw), kilobytes(catalog.raw)]);
  const json = `in brotli ${kilobytes(written.brotli)}, raw ${kilobytes(written.raw)}`;
  const note = `1,000 offers as a shop writes them for Tactful, in JSON: ${json}.`;
  return [table(["", "program", "1,000 offers", "program, raw", "1,000 offers, raw"], rows), note].join("\n\n");
}

function askingTable(asking) {
  const row = (platform) => ([count, { askNs, emptyNs }]) =>
    [PLATFORMS[platform], title(count), ns(askNs - emptyNs), ns(askNs), ns(emptyNs)];
  const rows = Object.entries(asking).flatMap(([platform, counts]) => Object.entries(counts).map(row(platform)));
  return table(["", "offers", "above an empty call", "ask", "an empty call"], rows);
}

function signalsTable({ positionUs, eventUs, requestUs, purchaseUs, momentUs, needsUs }) {
  return table(["", "time"], [
    ["a position among 10,000 stores", `${short(positionUs)} µs`],
    ["a shop event", `${short(eventUs)} µs`],
    ["a request at the edge, to a whole moment", `${short(requestUs)} µs`],
    ["a purchase", `${short(purchaseUs)} µs`],
    ["a moment of another day, 300 categories", `${short(momentUs)} µs`],
    ["the next basket of 300 categories", `${short(needsUs)} µs`],
  ]);
}

function loadingTable({ packMs, freshMs, jsonMs, packBytes, jsonBytes, memory, emptyMemory }) {
  const added = memory - emptyMemory;
  return table(["", "ratio", "value"], [
    ["loading the pack", "1x", `${short(packMs)} ms`],
    ["the first time in a process, compiling what is called", `${short(freshMs / packMs)}x`, `${short(freshMs)} ms`],
    ["`JSON.parse` of its catalog", `${short(jsonMs / packMs)}x`, `${short(jsonMs)} ms`],
    ["the pack", "1x", kilobytes(packBytes)],
    ["its catalog in JSON", `${short(jsonBytes / packBytes)}x`, kilobytes(jsonBytes)],
    ["memory it adds to an empty module's", `${short(added / packBytes)}x`, kilobytes(added)],
    ["memory of the module, all of it", `${short(memory / packBytes)}x`, kilobytes(memory)],
  ]);
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rule = `|${head.map((_, column) => (column === 0 ? " --- " : " ---: ")).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

function title(key) {
  return key === "narrow" ? "10,000 narrow" : Number(key).toLocaleString("en");
}

/** Three digits that count. */
function short(value) {
  return value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(value < 0.1 ? 2 : 3)));
}

/** 1 kB is 1,000 bytes. */
function kilobytes(bytes) {
  return `${short(bytes / 1_000)} kB`;
}

function ns(value) {
  return `${short(value)} ns`;
}
