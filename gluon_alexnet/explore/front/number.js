// One number taken apart: window times filter makes products, whose sum, bias and activation make it.
import { calm, el, where } from "./dom.js";
import { capital } from "./layers.js";
import { colourOf, inkOn, mapImage, photoImage } from "./paint.js";
import { Places } from "./places.js";

const FIRST = 3, MORE = 8, LISTED = 10, LONGEST = 2600;
const CURVES = {
  ReLU: x => Math.max(0, x), sigmoid: x => 1 / (1 + Math.exp(-x)), tanh: Math.tanh, softplus: x => Math.log1p(Math.exp(x)),
  GELU: x => 0.5 * x * (1 + Math.tanh(0.79788456 * (x + 0.044715 * x ** 3))), ELU: x => (x > 0 ? x : Math.expm1(x)),
  LeakyReLU: x => (x > 0 ? x : 0.1 * x), swish: x => x / (1 + Math.exp(-x)),
};

const most = values => values.reduce((so, each) => Math.max(so, Math.abs(each)), 0) || 1;

export class Numbers {
  constructor(app) {
    this.app = app;
    this.grids = [];
    this.body = el("div");
    this.node = el("section", { class: "gx-number" }, el("h2", {}, app.speaker.says("theNumber")), this.body);
  }

  update(changed) {
    if (!["number", "scheme", "seen"].some(each => changed.has(each))) return;
    const { found } = this.app;
    if (found) this.show(found);
    else this.empty();
  }

  empty() {
    this.drop();
    this.body.replaceChildren(el("p", { class: "gx-faint" }, this.app.speaker.says("hint")));
  }

  fail(sentence) {
    this.drop();
    this.body.replaceChildren(el("p", { class: "gx-problem", role: "alert" }, sentence));
  }

  drop() {
    for (const grid of this.grids) grid.end();
    this.grids = [];
    clearTimeout(this.timer);
  }

  show(found) {
    this.drop();
    const { says, number } = this.app.speaker, layer = this.app.start.layers.find(each => each.name === found.layer);
    const parts = [
      el("p", { class: "gx-place" }, `${where(this.app, layer, found.place)} = `, el("output", { data: { name: "value", value: found.value } }, number(found.value))),
      this.equation(found),
      this.crop(layer, found),
    ];
    if (found.response) parts.push(this.squares(found));
    else if (found.weights && found.values.shape.length === 3) parts.push(...this.channels(found));
    else if (found.weights) parts.push(this.listed(found));
    else if (found.values.shape.length === 3 && found.values.data.length > 1) parts.push(this.window(found));
    else if (this.canGo(found)) parts.push(this.goButton(found, originOf(found, 0)));
    this.body.replaceChildren(...parts.filter(Boolean));
    this.app.say(this.sentence(layer, found));
  }

  // In one sentence, for those who do not see.
  sentence(layer, found) {
    const { says, number, whole } = this.app.speaker, { values, weights, before, bias, value, activation } = found, told = { n: whole(values.data.length) };
    let words = says("saysPassed", { input: number(values.data[0]) });
    if (weights && found.kind.includes("pool")) words = says("saysMean", told);
    else if (weights) {
      words = says("saysSum", { ...told, sum: number(before - bias), bias: number(bias), before: number(before) });
      words += activation ? says("saysAfter", { activation: layer.activation, value: number(value) }) : ".";
    } else if (found.winner) words = says("saysLargest", told);
    else if (found.response) words = says("saysResponse", { ...told, input: number(found.response.own), divisor: number(found.response.divisor) });
    else if (found.norm) words = says("saysNorm", { input: number(values.data[0]) });
    return `${says("says", { where: where(this.app, layer, found.place), value: number(value) })} ${words}`;
  }

  chip(name, value, label, kind = "") {
    return el("span", { class: `gx-chip ${kind}` }, el("small", {}, label), el("output", { data: { name, value } }, this.app.speaker.number(value)));
  }

  // sum + bias = before → value.
  equation(found) {
    const { says, whole } = this.app.speaker, { before, bias, value, activation, weights, values, norm } = found, sign = text => el("b", {}, text);
    const count = whole(values.data.length), parts = [];
    const named = activation && (this.app.start.layers.find(each => each.name === found.layer).activation || activation);
    if (weights && found.kind.includes("pool")) parts.push(this.chip("before", before, says("mean", { n: count })));
    else if (weights) {
      parts.push(this.chip("sum", before - bias, says("sumOf", { n: count })), sign("+"), this.chip("bias", bias, says("bias")), sign("="));
      parts.push(this.chip("before", before, named ? says("before", { activation: named }) : says("value"), named ? "" : "gx-result"));
    } else if (found.winner) parts.push(this.chip("before", before, says("largest"), "gx-result"));
    else if (norm) parts.push(...this.norm(found));
    else if (found.response) parts.push(...this.response(found));
    else parts.push(this.chip("before", before, says("input")));
    if (named) parts.push(el("span", { class: "gx-together" }, el("b", { class: "gx-after" }, named, this.curve(named, before)), this.chip("after", value, says("value"), "gx-result")));
    return el("div", { class: "gx-equation" }, parts);
  }

  norm(found) {
    const { number } = this.app.speaker, { mean, variance, gamma, beta, epsilon } = found.norm, [input] = found.values.data;
    const formula = `${number(gamma)} · (${number(input)} − ${number(mean)}) / √(${number(variance)} + ${number(epsilon)}) + ${number(beta)}`;
    return [el("code", {}, formula.replace(/([-+]) −/g, (_, sign) => (sign === "+" ? "− " : "+ "))), el("b", {}, "="), this.chip("before", found.before, this.app.speaker.says("normed"), "gx-result")];
  }

  response(found) {
    const { number, says } = this.app.speaker, { own, k, alpha, beta, total } = found.response;
    const formula = `${number(own)} / (${number(k)} + ${number(alpha)} · ${number(total)})`;
    return [el("code", {}, formula, el("sup", {}, number(beta))), el("b", {}, "="), this.chip("before", found.before, says("normed"), "gx-result")];
  }

  // The channels around it, whose squares it is divided by.
  squares(found) {
    const { says, number, whole } = this.app.speaker, { values, box, place, response } = found;
    const rows = [...values.data].map((value, at) => {
      const channel = box.channels[0] + at, name = says("channel", { n: whole(channel) }), to = [channel, ...place.slice(1)];
      const link = this.canGo(found) ? el("button", { type: "button", onclick: () => this.goTo(found, to) }, name) : name;
      return el("tr", { class: channel === place[0] ? "gx-own" : null }, el("th", { scope: "row" }, link), el("td", {}, number(value)), el("td", {}, number(value * value)));
    });
    const heads = [found.source === "picture" ? says("picture") : found.source, says("value"), says("square")].map(text => el("th", { scope: "col" }, text));
    const total = el("tr", {}, el("th", { scope: "row" }, says("sum")), el("td"), el("td", {}, el("output", { data: { name: "total", value: response.total } }, number(response.total))));
    return el("div", { class: "gx-listed" }, el("h3", {}, says("madeOf")), el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, rows, total)));
  }

  curve(name, before) {
    const shape = CURVES[name];
    if (!shape) return null;
    const reach = Math.max(2, Math.min(8, Math.abs(before) * 1.4)), points = Array.from({ length: 41 }, (_, at) => -reach + (at / 20) * reach);
    const heights = points.map(shape), low = Math.min(0, ...heights), high = Math.max(...heights, low + 1e-6);
    const x = value => 2 + ((value + reach) / (2 * reach)) * 52, y = value => 30 - ((value - low) / (high - low)) * 26;
    const at = Math.max(-reach, Math.min(reach, before));
    const holder = el("span", { class: "gx-curve", "aria-hidden": "true" });
    holder.innerHTML = `<svg viewBox="0 0 56 32"><line x1="${x(0)}" x2="${x(0)}" y1="2" y2="30"/><line x1="2" x2="54" y1="${y(0)}" y2="${y(0)}"/>
      <polyline points="${points.map((value, each) => `${x(value).toFixed(1)},${y(heights[each]).toFixed(1)}`).join(" ")}"/><circle cx="${x(at)}" cy="${y(shape(at))}" r="3.2"/></svg>`;
    return holder;
  }

  // The part of the picture that it sees, cut out.
  crop(layer, found) {
    const { seen, speaker } = this.app, { says, whole } = speaker;
    if (!layer.field || !seen) return null;
    const rows = layer.field.rows[found.place[1] || 0], columns = layer.field.columns[found.place[2] || 0];
    if (rows[1] <= rows[0] || columns[1] <= columns[0]) return el("p", { class: "gx-faint" }, says("seesNothing"));
    const whole_ = photoImage(seen.pixels), size = [columns[1] - columns[0], rows[1] - rows[0]];
    const cut = el("canvas", { width: size[0], height: size[1], "aria-hidden": "true", style: `aspect-ratio: ${size[0]} / ${size[1]}` });
    cut.getContext("2d").drawImage(whole_, columns[0], rows[0], ...size, 0, 0, ...size);
    const told = { top: whole(rows[0]), bottom: whole(rows[1] - 1), left: whole(columns[0]), right: whole(columns[1] - 1) };
    return el("div", { class: "gx-crop" }, cut, el("span", {}, says("inPicture", told)));
  }

  canGo(found) {
    return found.source !== "picture";
  }

  goTo(found, place) {
    const [channel, row = 0, column = 0] = place, layer = this.app.start.layers.find(each => each.name === found.source);
    if (row < 0 || column < 0 || (layer.shape.length === 3 && (row >= layer.shape[1] || column >= layer.shape[2]))) return;
    this.app.go({ layer: layer.index, channel, row, column, placed: true }, true);
  }

  goButton(found, place) {
    return el("button", { type: "button", class: "gx-go", onclick: () => this.goTo(found, place) }, `← ${found.source}`);
  }

  // Window, filter and products of each channel, those that weigh most first.
  channels(found) {
    const { says, whole, number } = this.app.speaker, { values, weights, box } = found, [count, height, width] = values.shape, size = height * width;
    const products = Float64Array.from(values.data, (value, at) => value * weights.data[at]);
    const sums = Array.from({ length: count }, (_, at) => ({ at, sum: products.subarray(at * size, (at + 1) * size).reduce((so, each) => so + each, 0) }));
    sums.sort((one, other) => Math.abs(other.sum) - Math.abs(one.sum) || one.at - other.at);
    const scales = [most(values.data), most(weights.data), most(products)], pool = found.kind.includes("pool");
    const head = el("div", { class: "gx-terms gx-heads", "aria-hidden": "true" },
      [says("windowIn", { source: found.source === "picture" ? says("picture") : found.source }), says(pool ? "weights" : "filter"), says("products"), says("sum")].map(text => el("span", {}, text)));
    const rows = el("div"), rest = el("p", { class: "gx-rest" }), more = el("button", { type: "button", class: "gx-more" }, says("more"));
    const reading = el("p", { class: "gx-reading" });
    let shown = 0;
    const reveal = upTo => {
      for (; shown < Math.min(upTo, count); shown++) rows.append(this.term(found, sums[shown], products, scales, reading, box.channels[0]));
      const others = sums.slice(shown);
      rest.hidden = more.hidden = !others.length;
      rest.replaceChildren(says("others", { n: whole(others.length) }), ": ", el("output", {}, number(others.reduce((so, each) => so + each.sum, 0))));
    };
    more.addEventListener("click", () => reveal(shown + MORE));
    reveal(FIRST);
    const add = calm() || pool ? null : el("button", { type: "button", class: "gx-add" }, says("add"));
    add?.addEventListener("click", () => this.play(found, sums, products, reading));
    const hint = this.canGo(found) ? el("p", { class: "gx-faint" }, says("goThere", { source: found.source })) : null;
    return [el("h3", {}, says("madeOf"), add), head, rows, rest, more, reading, hint];
  }

  term(found, { at, sum }, products, scales, reading, first) {
    const { app } = this, { says, number, short, whole } = app.speaker, { values, weights, rows, columns, box } = found, [, height, width] = values.shape, offset = at * height * width;
    const inside = (row, column) => rows[row] >= box.rows[0] && rows[row] < box.rows[1] && columns[column] >= box.columns[0] && columns[column] < box.columns[1];
    const grids = [];
    const moved = (row, column) => {
      for (const grid of grids) grid.set({ point: [row, column] });
      const place = offset + row * width + column;
      const words = says("saysProduct", { value: number(values.data[place]), weight: number(weights.data[place]), product: number(products[place]) });
      reading.textContent = inside(row, column) ? words : `${words} (${says("padding")})`;
      app.say(reading.textContent);
    };
    const grid = (data, scale, label, more) => {
      const value = (row, column) => data[offset + row * width + column];
      const made = new Places(app, {
        label: `${label}, ${says("channel", { n: whole(first + at) })}`, rows: height, columns: width, cell: 44, image: mapImage(data, offset, height, width, scale, app.scheme),
        text: (row, column) => short(value(row, column)), ink: (row, column) => inkOn(colourOf(value(row, column), scale, app.scheme)), moved, hover: moved, ...more,
      });
      grids.push(made);
      this.grids.push(made);
      return made.node;
    };
    const source = found.source === "picture" ? says("thePicture") : found.source;
    const go = this.canGo(found) ? { chosen: (row, column) => this.goTo(found, originOf(found, offset + row * width + column)) } : {};
    const windowed = grid(values.data, scales[0], says("windowIn", { source }), { ...go, hatched: (row, column) => !inside(row, column) });
    const filter = grid(weights.data, scales[1], says("filter"), {}), multiplied = grid(products, scales[2], says("products"), {});
    const named = el("small", {}, says("channel", { n: whole(first + at) }));
    const row = el("div", { class: "gx-terms" }, el("div", {}, windowed, named), el("b", { "aria-hidden": "true" }, "×"), filter, el("b", { "aria-hidden": "true" }, "="), multiplied,
      el("output", { class: "gx-sum", data: { name: `channel-${first + at}`, value: sum } }, number(sum)));
    row.grids = grids;
    return row;
  }

  // Product by product, the sum growing.
  play(found, sums, products, reading) {
    clearTimeout(this.timer);
    const { number, says } = this.app.speaker, size = products.length / sums.length, order = sums.flatMap(({ at }) => Array.from({ length: size }, (_, each) => at * size + each));
    const step = Math.max(1, Math.round(order.length / 160)), pause = Math.min(60, LONGEST / (order.length / step));
    const rows = [...this.body.querySelectorAll(".gx-terms:not(.gx-heads)")], output = this.body.querySelector("output[data-name=sum]");
    let at = 0, sum = 0;
    const next = () => {
      for (let each = 0; each < step && at < order.length; each++) sum += products[order[at++]];
      const place = order[at - 1] % size, row = rows[Math.floor((at - 1) / size)], width = found.values.shape[2];
      for (const grid of row?.grids || []) grid.set({ point: [Math.floor(place / width), place % width] });
      reading.textContent = `${says("sum")}: ${number(sum)}`;
      output.textContent = number(sum);
      if (at < order.length) this.timer = setTimeout(next, pause);
      else output.textContent = number(found.before - found.bias);
    };
    next();
  }

  // Of a layer of units, the products that weigh most.
  listed(found) {
    const { says, number, whole } = this.app.speaker, { values, weights } = found;
    const products = Array.from(values.data, (value, at) => ({ at, value, weight: weights.data[at], product: value * weights.data[at] }));
    products.sort((one, other) => Math.abs(other.product) - Math.abs(one.product) || one.at - other.at);
    const scale = Math.abs(products[0].product) || 1, body = el("tbody"), rest = el("p", { class: "gx-rest" });
    const more = el("button", { type: "button", class: "gx-more" }, says("more"));
    let shown = 0;
    const reveal = upTo => {
      for (; shown < Math.min(upTo, products.length); shown++) {
        const { at, value, weight, product } = products[shown], name = says("unit", { n: whole(at) });
        const link = this.canGo(found) ? el("button", { type: "button", onclick: () => this.goTo(found, [at]) }, name) : name;
        const bar = el("i", { class: product < 0 ? "gx-below" : "gx-above", style: `width: ${(100 * Math.abs(product)) / scale}%`, "aria-hidden": "true" });
        body.append(el("tr", {}, el("th", { scope: "row" }, link), el("td", {}, number(value)), el("td", {}, number(weight)), el("td", { class: "gx-bar" }, bar, number(product))));
      }
      const others = products.slice(shown);
      rest.hidden = more.hidden = !others.length;
      rest.replaceChildren(says("otherUnits", { n: whole(others.length) }), ": ", el("output", {}, number(others.reduce((so, each) => so + each.product, 0))));
    };
    more.addEventListener("click", () => reveal(shown + 4 * MORE));
    reveal(LISTED);
    const source = found.source === "picture" ? says("picture") : found.source;
    const heads = [source, says("value"), says("weights"), says("products")].map(text => el("th", { scope: "col" }, text));
    return el("div", { class: "gx-listed" }, el("h3", {}, says("madeOf")), el("table", {}, el("thead", {}, el("tr", {}, heads)), body), rest, more);
  }

  // A window without weights: of max pooling, with what it took.
  window(found) {
    const { app } = this, { says, number, short } = app.speaker, { values, rows, columns, box, winner } = found, [, height, width] = values.shape, scale = most(values.data);
    const source = found.source === "picture" ? says("thePicture") : found.source, reading = el("p", { class: "gx-reading" });
    const inside = (row, column) => rows[row] >= box.rows[0] && rows[row] < box.rows[1] && columns[column] >= box.columns[0] && columns[column] < box.columns[1];
    const boxes = winner ? [{ rows: [rows.indexOf(winner[1]), rows.indexOf(winner[1]) + 1], columns: [columns.indexOf(winner[2]), columns.indexOf(winner[2]) + 1] }] : [];
    const tell = (row, column) => {
      reading.textContent = inside(row, column) ? number(values.data[row * width + column]) : says("padding");
    };
    const grid = new Places(app, {
      label: says("windowIn", { source }), rows: height, columns: width, cell: Math.max(8, Math.min(64, 360 / Math.max(height, width))), image: mapImage(values.data, 0, height, width, scale, app.scheme), boxes,
      text: (row, column) => short(values.data[row * width + column]), ink: (row, column) => inkOn(colourOf(values.data[row * width + column], scale, app.scheme)),
      hatched: (row, column) => !inside(row, column), hover: tell, moved: (row, column) => {
        tell(row, column);
        app.say(reading.textContent);
      },
      chosen: this.canGo(found) ? (row, column) => this.goTo(found, originOf(found, row * width + column)) : null,
    });
    this.grids.push(grid);
    return el("div", {}, el("h3", {}, says("windowIn", { source })), grid.node, reading, this.canGo(found) ? el("p", { class: "gx-faint" }, says("goThere", { source: found.source })) : null);
  }

  end() {
    this.drop();
  }
}

// Where in the source the value at `at` of a window lies.
function originOf({ values, rows, columns, box }, at) {
  if (values.shape.length !== 3) return [box.channels[0] + at, box.rows[0], box.columns[0]];
  const [, height, width] = values.shape;
  return [box.channels[0] + Math.floor(at / (height * width)), rows[Math.floor(at / width) % height], columns[at % width]];
}
