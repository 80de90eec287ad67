// Colours of numbers: blue below zero, orange above, the ground at zero; in both schemes zero is what lies behind.
const STOPS = {
  light: { below: ["#ffffff", "#b9d9ee", "#3d93c9", "#064a78"], above: ["#ffffff", "#ffd9ae", "#ee8420", "#7d3200"] },
  dark: { below: ["#141a21", "#0f4468", "#3d9bd6", "#d3edff"], above: ["#141a21", "#6e3504", "#f0892b", "#ffe7c7"] },
};
export const INK = { light: { ink: "#1c2733", faint: "#8794a1", mark: "#d3006e", hatch: "#c3ccd6" }, dark: { ink: "#e8edf2", faint: "#7b8997", mark: "#ff5cad", hatch: "#3a4653" } };
// Small numbers are seen too.
const CURVE = 0.65;

const channels = colour => [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16));

function ramp(stops) {
  const table = new Uint8ClampedArray(256 * 3), points = stops.map(channels);
  for (let at = 0; at < 256; at++) {
    const place = (at / 255) * (points.length - 1), low = Math.min(Math.floor(place), points.length - 2);
    for (let each = 0; each < 3; each++) table[at * 3 + each] = points[low][each] + (points[low + 1][each] - points[low][each]) * (place - low);
  }
  return table;
}

const RAMPS = Object.fromEntries(Object.entries(STOPS).map(([scheme, { below, above }]) => [scheme, { below: ramp(below), above: ramp(above) }]));

// [red, green, blue] of a value where `most` is the strongest colour.
export function colourOf(value, most, scheme) {
  const { below, above } = RAMPS[scheme];
  const at = 3 * Math.round(255 * Math.min(1, Math.abs(value) / (most || 1)) ** CURVE);
  const table = value < 0 ? below : above;
  return [table[at], table[at + 1], table[at + 2]];
}

// Which of two inks can be read on a colour.
export const inkOn = ([red, green, blue]) => (red * 0.299 + green * 0.587 + blue * 0.114 > 140 ? "#10161d" : "#ffffff");

// A canvas of rows × columns pixels, one for each of the values from `offset` on.
export function mapImage(values, offset, rows, columns, most, scheme, canvas = document.createElement("canvas")) {
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows), pixels = image.data, { below, above } = RAMPS[scheme];
  for (let at = 0; at < rows * columns; at++) {
    const value = values[offset + at], table = value < 0 ? below : above;
    const place = 3 * Math.round(255 * Math.min(1, Math.abs(value) / (most || 1)) ** CURVE) || 0;
    pixels[at * 4] = table[place];
    pixels[at * 4 + 1] = table[place + 1];
    pixels[at * 4 + 2] = table[place + 2];
    pixels[at * 4 + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// A canvas of a picture, {data, shape} of bytes, grey or of three colours; `from`: where among several it begins.
export function photoImage({ data, shape }, from = 0, canvas = document.createElement("canvas")) {
  const [rows, columns, colours] = shape.length === 3 ? shape : [...shape, 1];
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows), pixels = image.data;
  for (let at = 0; at < rows * columns; at++) {
    for (let each = 0; each < 3; each++) pixels[at * 4 + each] = data[from + at * colours + (colours === 3 ? each : 0)];
    pixels[at * 4 + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// Heat over a picture: see-through where nothing is, orange where much is, blue below zero.
export function heatImage({ data, shape: [rows, columns] }) {
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const most = data.reduce((so, each) => Math.max(so, Math.abs(each)), 0) || 1;
  const image = new ImageData(columns, rows), pixels = image.data;
  for (let at = 0; at < rows * columns; at++) {
    const share = Math.min(1, Math.abs(data[at]) / most);
    const [red, green, blue] = data[at] < 0 ? [60, 165, 235] : [255, 120 + 110 * share ** 2, 40 * share];
    pixels.set([red, green, blue, 235 * share ** 0.8], at * 4);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// The number that only few lie beyond, of all: the strongest colour of a layer.
export function mostOf(values) {
  const step = Math.max(1, Math.floor(values.length / 20000)), sample = [];
  for (let at = 0; at < values.length; at += step) if (values[at]) sample.push(Math.abs(values[at]));
  sample.sort((one, other) => one - other);
  return sample.length ? sample[Math.min(sample.length - 1, Math.floor(sample.length * 0.995))] || 1 : 1;
}
