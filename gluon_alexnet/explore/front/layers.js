// The layers in a row with a little of their maps, and the maps of the chosen one.
import { el, where } from "./dom.js";
import { colourOf, inkOn, mapImage, mostOf, photoImage } from "./paint.js";
import { Places } from "./places.js";

const isFlat = layer => layer.shape.length !== 3;

// Units laid out in rows: [rows, columns].
export function laidOut(units) {
  const columns = units <= 16 ? units : units <= 512 ? Math.ceil(Math.sqrt(units * 2)) : 64;
  return [Math.ceil(units / columns), columns];
}

export function unitsImage(values, most, scheme, canvas) {
  const [rows, columns] = laidOut(values.length);
  const filled = new Float32Array(rows * columns);
  filled.set(values);
  return mapImage(filled, 0, rows, columns, most, scheme, canvas);
}

export function sizeSeen(app, layer) {
  const { says, times } = app.speaker;
  if (!layer.field) return "";
  const all = app.start.input.slice(1).every((side, axis) => layer.field.size[axis] >= side);
  return isFlat(layer) || all ? says("seesAll") : says("sees", { size: times(layer.field.size) });
}

// The row of all layers; a card each.
export class Strip {
  constructor(app) {
    this.app = app;
    this.cards = app.start.layers.map(layer => this.card(layer));
    this.list = el("ol", { class: "gx-strip", "aria-label": app.speaker.says("layers") }, this.cards.map(card => card.item));
    this.list.addEventListener("keydown", event => this.pressed(event));
    this.node = el("section", { class: "gx-layers" }, el("h2", {}, app.speaker.says("layers")), this.list);
  }

  card(layer) {
    const { of, times } = this.app.speaker;
    const canvases = Array.from({ length: isFlat(layer) ? 1 : Math.min(4, layer.shape[0]) }, () => el("canvas", { width: 1, height: 1 }));
    const facts = el("span", { class: "gx-facts" });
    const button = el(
      "button", { type: "button", "aria-label": `${layer.name}, ${of(layer.words)}, ${times(layer.shape)}`, onclick: () => this.app.go({ layer: layer.index }) },
      el("span", { class: `gx-few ${isFlat(layer) ? "gx-flat" : ""}`, "aria-hidden": "true" }, canvases),
      el("strong", {}, layer.name), el("span", { class: "gx-shape" }, times(layer.shape)), facts,
    );
    return { item: el("li", { class: `gx-kind-${layer.kind}` }, button), button, canvases, facts, layer };
  }

  pressed(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], at = this.cards.findIndex(card => card.button === event.target);
    if (!step || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = this.cards[Math.max(0, Math.min(this.cards.length - 1, at + step))];
    next.button.focus();
    this.app.go({ layer: next.layer.index });
  }

  update(changed) {
    const { state, seen, gathered, scheme } = this.app, { says, percent, whole } = this.app.speaker;
    for (const [at, { button, canvases, facts, layer }] of this.cards.entries()) {
      const chosen = layer.index === state.layer;
      if (chosen) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      if (chosen && changed.has("layer")) this.reveal(button);
      const little = seen?.layers[at], own = gathered?.layers?.[at];
      const words = [sizeSeen(this.app, layer)];
      if (own) words.push(says("zeros", { share: percent(own.zeros) }), own.dead ? says("dead", { n: whole(own.dead) }) : "");
      else if (little) words.push(says("zeros", { share: percent(little.zeros) }));
      facts.replaceChildren(...words.filter(Boolean).map(text => el("span", {}, text)));
      if (little && changed.has("seen")) {
        const most = mostOf(little.few.data);
        if (isFlat(layer)) unitsImage(little.few.data, most, scheme, canvases[0]);
        else {
          const [, rows, columns] = little.few.shape;
          canvases.forEach((canvas, each) => mapImage(little.few.data, each * rows * columns, rows, columns, most, scheme, canvas));
        }
      }
    }
  }

  reveal(button) {
    const { offsetLeft, offsetWidth } = button.parentElement, { scrollLeft, clientWidth } = this.list;
    if (offsetLeft < scrollLeft || offsetLeft + offsetWidth > scrollLeft + clientWidth)
      this.list.scrollTo({ left: offsetLeft - clientWidth / 2 + offsetWidth / 2 });
  }

  end() {}
}

// The maps of the chosen layer: one large, all small.
export class Maps {
  constructor(app) {
    this.app = app;
    const { says } = app.speaker;
    this.head = el("h2");
    this.words = el("p", { class: "gx-faint" });
    this.zeros = el("p", { class: "gx-faint gx-zeros" });
    this.large = new Places(app, {
      kind: "gx-large", label: "", rows: 1, columns: 1, moved: (row, column) => this.moved(row, column),
      hover: (row, column) => this.hover(row, column), left: () => this.read(),
    });
    this.reading = el("p", { class: "gx-reading" });
    this.order = el("input", { type: "checkbox", onchange: () => this.fill() });
    this.sorting = el("label", { class: "gx-sorting" }, this.order, ` ${says("strongest")}`);
    this.tiles = el("div", { class: "gx-tiles", role: "listbox", "aria-label": says("maps") });
    this.tiles.addEventListener("click", event => this.clicked(event));
    this.tiles.addEventListener("keydown", event => this.pressed(event));
    this.problem = el("p", { class: "gx-problem", role: "alert", hidden: true });
    this.legend = el("div", { class: "gx-legend", "aria-hidden": "true" });
    this.node = el("section", { class: "gx-maps" }, this.head, this.words, this.zeros, this.problem,
      el("div", { class: "gx-map" }, this.large.node, this.reading, this.legend), this.sorting, this.tiles);
  }

  get layer() {
    return this.app.start.layers[this.app.state.layer];
  }

  update(changed) {
    if (["layer", "maps", "scheme"].some(each => changed.has(each))) this.rebuild();
    else if (changed.has("channel")) this.choose();
    if (changed.has("place") || changed.has("channel")) this.point();
    if (changed.has("gathered") || changed.has("layer")) this.tell();
  }

  tell() {
    const { says, of, percent, whole, times } = this.app.speaker, { layer } = this, own = this.app.gathered?.layers?.[layer.index];
    this.head.replaceChildren(el("span", { class: "gx-name" }, layer.name), ` ${times(layer.shape)}`);
    const seen = this.app.seen?.layers[layer.index], parts = [`${capital(of(layer.words))}.`, sizeSeen(this.app, layer) && `${capital(sizeSeen(this.app, layer))}.`];
    if (layer.parameters) parts.push(`${capital(says("parameters", { n: whole(layer.parameters) }))}.`);
    this.words.textContent = parts.filter(Boolean).join(" ");
    if (own) {
      const told = { n: whole(this.app.gathered.done), share: percent(own.zeros), dead: whole(own.dead), all: whole(layer.shape[0]) };
      this.zeros.textContent = says(isFlat(layer) ? "zerosOfUnits" : "zerosOf", told);
    } else if (seen) this.zeros.textContent = `${capital(says("zerosHere", { share: percent(seen.zeros) }))}.`;
  }

  rebuild() {
    const { app, layer } = this, { maps } = app;
    this.problem.hidden = true;
    if (!maps || maps.layer !== layer.index) return;
    this.values = maps.values.data;
    this.most = mostOf(this.values);
    const { number } = app.speaker;
    this.legend.replaceChildren(...(this.values.some(value => value < 0) ? [`−${number(this.most)}`] : []), el("i", { class: this.values.some(value => value < 0) ? "gx-signed" : "gx-positive" }), number(this.most));
    this.sorting.hidden = this.tiles.hidden = isFlat(layer);
    if (isFlat(layer)) {
      this.tiles.replaceChildren();
      this.choose();
    } else this.fill();
    this.point();
  }

  fill() {
    const { app, layer, values, most } = this, [channels, rows, columns] = layer.shape, size = rows * columns, { says, whole } = app.speaker;
    const peaks = Array.from({ length: channels }, (_, channel) => {
      let high = -Infinity, some = false;
      for (let at = channel * size; at < (channel + 1) * size; at++) {
        if (values[at] > high) high = values[at];
        if (values[at]) some = true;
      }
      return { channel, high, some };
    });
    if (this.order.checked) peaks.sort((one, other) => other.high - one.high || one.channel - other.channel);
    this.byChannel = new Map();
    const made = peaks.map(({ channel, some }) => {
      const told = { n: whole(channel) };
      const tile = el("button", {
        type: "button", role: "option", tabindex: -1, class: some ? null : "gx-silent", data: { channel },
        "aria-label": some ? says("channel", told) : says("silentMap", told), title: some ? says("channel", told) : says("silentMap", told),
      }, mapImage(values, channel * size, rows, columns, most, app.scheme), el("span", { "aria-hidden": "true" }, whole(channel)));
      this.byChannel.set(channel, tile);
      return tile;
    });
    this.tiles.style.setProperty("--ratio", `${columns} / ${rows}`);
    this.tiles.style.setProperty("--tile", `${columns < 4 ? 34 : columns > 30 ? 66 : 50}px`);
    this.tiles.replaceChildren(...made);
    this.choose();
  }

  // The chosen channel, large.
  choose() {
    const { app, layer, values, most } = this, { says, whole, short } = app.speaker, { channel } = app.state;
    if (!values || app.maps.layer !== layer.index) return;
    const shape = isFlat(layer) ? laidOut(layer.shape[0]) : layer.shape.slice(1), [rows, columns] = shape, offset = isFlat(layer) ? 0 : channel * rows * columns;
    const label = isFlat(layer)
      ? says("unitsOf", { n: whole(layer.shape[0]), layer: layer.name })
      : says("mapOf", { channel: whole(channel), layer: layer.name, rows: whole(rows), columns: whole(columns) });
    const value = (row, column) => values[offset + row * columns + column];
    this.large.set({
      label, rows, columns, cell: Math.max(5, Math.min(44, 460 / Math.max(rows, columns))),
      image: isFlat(layer) ? unitsImage(values, most, app.scheme) : mapImage(values, offset, rows, columns, most, app.scheme),
      text: (row, column) => (value(row, column) === undefined ? "" : short(value(row, column))),
      ink: (row, column) => inkOn(colourOf(value(row, column) || 0, most, app.scheme)),
    });
    for (const [each, tile] of this.byChannel || []) {
      const chosen = each === channel && !isFlat(layer);
      tile.setAttribute("aria-selected", chosen);
      tile.tabIndex = chosen ? 0 : -1;
      if (chosen) this.reveal(tile);
    }
  }

  reveal(tile) {
    const { offsetTop, offsetHeight } = tile, { scrollTop, clientHeight } = this.tiles;
    if (offsetTop < scrollTop || offsetTop + offsetHeight > scrollTop + clientHeight) this.tiles.scrollTo({ top: offsetTop - clientHeight / 2 + offsetHeight / 2 });
  }

  point() {
    const { layer, app } = this, { channel, row, column, placed } = app.state;
    const [, columns] = laidOut(layer.shape[0]);
    const at = isFlat(layer) ? [Math.floor(channel / columns), channel % columns] : [row, column];
    this.large.set({ point: placed ? at : null });
    this.read();
  }

  placeAt(row, column) {
    if (!isFlat(this.layer)) return { channel: this.app.state.channel, row, column };
    const unit = row * laidOut(this.layer.shape[0])[1] + column;
    return unit < this.layer.shape[0] ? { channel: unit, row: 0, column: 0 } : null;
  }

  moved(row, column) {
    const place = this.placeAt(row, column);
    if (place) this.app.go({ ...place, placed: true });
    else this.point();
  }

  hover(row, column) {
    const place = this.placeAt(row, column);
    if (place) this.read(place);
  }

  // The number below the pointer, or the chosen one.
  read(place = this.app.state) {
    const { app, layer, values } = this;
    if (!values || app.maps?.layer !== layer.index) return;
    if (!app.state.placed && place === app.state) {
      this.reading.textContent = app.speaker.says("hint");
      return;
    }
    const { channel, row, column } = place, [, rows, columns] = layer.shape;
    const value = isFlat(layer) ? values[channel] : values[(channel * rows + row) * columns + column];
    this.reading.textContent = app.speaker.says("says", { where: where(app, layer, isFlat(layer) ? [channel] : [channel, row, column]), value: app.speaker.number(value) });
  }

  clicked(event) {
    const tile = event.target.closest("button");
    if (!tile) return;
    const canvas = tile.querySelector("canvas"), { left, top, width, height } = canvas.getBoundingClientRect(), [, rows, columns] = this.layer.shape;
    const share = [(event.clientY - top) / height, (event.clientX - left) / width];
    const change = { channel: Number(tile.dataset.channel) };
    // By a click on its number or by a key, the place stays.
    if (event.detail && share.every(each => each >= 0 && each < 1)) Object.assign(change, { row: Math.floor(share[0] * rows), column: Math.floor(share[1] * columns), placed: true });
    this.app.go(change);
    if (!event.detail) this.large.node.focus();
  }

  pressed(event) {
    const tiles = [...this.tiles.children], at = tiles.indexOf(event.target);
    if (at < 0) return;
    const across = tiles.filter(tile => tile.offsetTop === tiles[0].offsetTop).length || 1;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across, Home: -at, End: tiles.length - 1 - at }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = tiles[Math.max(0, Math.min(tiles.length - 1, at + step))];
    this.app.go({ channel: Number(next.dataset.channel) });
    next.focus();
  }

  fail(sentence) {
    this.problem.textContent = sentence;
    this.problem.hidden = false;
  }

  end() {
    this.large.end();
  }
}

export const capital = text => text.charAt(0).toLocaleUpperCase() + text.slice(1);

