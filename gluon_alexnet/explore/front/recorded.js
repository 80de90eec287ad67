// Answers out of a page that nobody serves: those that lie in it, and numbers made of maps, windows and filters that do.
import { fromBytes, key, Told } from "./wire.js";

// Answers that are kept as numbers.
const RECENT = 40;

async function inflated(text) {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

// record: {question: answer, compressed}. missing: the sentence for what is not there.
export function overRecord(record, missing) {
  const recent = new Map();
  const read = async question => {
    const name = key(question), text = record[name];
    if (text === undefined) throw new Told(missing());
    if (!recent.has(name)) recent.set(name, inflated(text).then(fromBytes));
    const known = recent.get(name);
    for (const old of [...recent.keys()].slice(0, Math.max(0, recent.size - RECENT))) recent.delete(old);
    return known;
  };
  return async question => (question.ask === "number" ? madeNumber(read, question) : read(question));
}

// What gluon_alexnet.explore.explain gives, of pieces that are the same for many numbers.
async function madeNumber(read, { picture, layer, channel, row = 0, column = 0 }) {
  const [seen, start, windows, maps] = await Promise.all(
    [{ ask: "look", picture }, { ask: "start" }, { ask: "geometry", layer }, { ask: "maps", picture, layer }].map(read));
  const about = start.layers[layer];
  const given = layer === 0 ? seen.values : (await read({ ask: "maps", picture, layer: layer - 1 })).values;
  const flat = about.shape.length !== 3;
  const place = flat ? [channel] : [channel, row, column];
  const value = maps.values.data[flat ? channel : (channel * about.shape[1] + row) * about.shape[2] + column];
  const learned = ["conv", "dense", "batchnorm", "responsenorm"].includes(about.kind) ? await read({ ask: "filter", layer, channel }) : null;
  const spot = spotOf(about, windows, learned, place, given.shape);
  const values = taken(given, spot);
  const made = { layer: about.name, kind: about.kind, place, source: windows.source, ...spot, values, value };
  return { ...made, activation: windows.activation, weights: null, bias: 0, winner: null, norm: null, response: null, ...result(windows, learned, made) };
}

function spotOf(about, windows, learned, place, shape) {
  const size = shape.length === 3 ? shape.slice(1) : [1, 1];
  const count = length => Array.from({ length }, (_, at) => at);
  if (about.kind === "dense")
    return { box: { channels: [0, shape[0]], rows: [0, size[0]], columns: [0, size[1]] }, rows: count(size[0]), columns: count(size[1]) };
  if (windows.rows) {
    const [channel, row, column] = place;
    const channels = learned ? learned.channels : [channel, channel + 1];
    const box = { channels, rows: windows.row_spans[row], columns: windows.column_spans[column] };
    return { box, rows: windows.rows[row], columns: windows.columns[column] };
  }
  let [channel, row = 0, column = 0] = place;
  if (learned) return { box: { channels: learned.channels, rows: [row, row + 1], columns: [column, column + 1] }, rows: [row], columns: [column] };
  if (about.kind === "flatten" && shape.length === 3)
    [channel, row, column] = [Math.floor(channel / (size[0] * size[1])), Math.floor(channel / size[1]) % size[0], channel % size[1]];
  return { box: { channels: [channel, channel + 1], rows: [row, row + 1], columns: [column, column + 1] }, rows: [row], columns: [column] };
}

function taken(given, { box, rows, columns }) {
  const [first, stop] = box.channels;
  if (given.shape.length !== 3) return { data: given.data.slice(first, stop), shape: [stop - first] };
  const [, height, width] = given.shape;
  const data = new Float32Array((stop - first) * rows.length * columns.length);
  let at = 0;
  for (let channel = first; channel < stop; channel++)
    for (const row of rows)
      for (const column of columns)
        data[at++] = row < 0 || row >= height || column < 0 || column >= width ? 0 : given.data[(channel * height + row) * width + column];
  return { data, shape: [stop - first, rows.length, columns.length] };
}

function result(windows, learned, { kind, place, box, rows, columns, values, value }) {
  const summed = (weights, bias) => ({
    weights: { data: weights, shape: values.shape }, bias,
    before: values.data.reduce((sum, each, at) => sum + each * weights[at], 0) + bias,
  });
  if (learned && learned.weights) return summed(learned.weights.data, learned.bias);
  if (learned?.response) {
    const { alpha, beta, k } = learned.response, own = values.data[place[0] - box.channels[0]];
    const total = values.data.reduce((sum, each) => sum + each * each, 0), divisor = (k + alpha * total) ** beta;
    return { response: { own, total, alpha, beta, k, divisor }, before: own / divisor };
  }
  if (learned) {
    const { mean, variance, gamma, beta, epsilon } = learned.norm;
    return { norm: learned.norm, before: ((values.data[0] - mean) * gamma) / Math.sqrt(variance + epsilon) + beta };
  }
  if (windows.shares) return summed(values.data.map(() => windows.shares.data[place[1] * windows.columns.length + place[2]]), 0);
  if (windows.rows) {
    let best = -1;
    values.data.forEach((each, at) => {
      const row = rows[Math.floor(at / columns.length)], column = columns[at % columns.length];
      const inside = row >= box.rows[0] && row < box.rows[1] && column >= box.columns[0] && column < box.columns[1];
      if (inside && (best < 0 || each > values.data[best])) best = at;
    });
    return { before: value, winner: [place[0], rows[Math.floor(best / columns.length)], columns[best % columns.length]] };
  }
  return { before: values.data[0] };
}
