// The pictures that can be chosen, a photo taken in, a drawing made, and the steps that turn both into what the net is given.
import { el, later } from "./dom.js";
import { photoImage } from "./paint.js";

const SIDE = 280, LARGEST = 32 * 1024 * 1024;

export class Pictures {
  constructor(app) {
    this.app = app;
    const { says } = app.speaker;
    this.list = el("div", { class: "gx-pictures", role: "listbox", "aria-label": says("pictures"), "aria-orientation": "horizontal" });
    this.list.addEventListener("keydown", event => this.pressed(event));
    this.file = el("input", { type: "file", accept: "image/*,.heic,.tif,.tiff", class: "gx-hidden", onchange: () => this.chosen() });
    this.steps = el("div", { class: "gx-steps", hidden: true });
    this.verdict = el("p", { class: "gx-verdict", role: "status" });
    this.easel = null;
    const drawButton = el("button", { type: "button", class: "gx-action", "aria-expanded": "false", onclick: () => this.toggle() }, `✎ ${says("draw")}`);
    const uploadButton = el("label", { class: "gx-action" }, this.file, `⇪ ${says("upload")}`);
    this.drawButton = drawButton;
    const actions = app.recorded ? [el("p", { class: "gx-faint" }, says("file"))] : [app.start.garments ? drawButton : null, uploadButton];
    this.problem = el("p", { class: "gx-problem", role: "alert", hidden: true });
    this.easelPlace = el("div");
    this.node = el("section", { class: "gx-choose" }, el("div", { class: "gx-row" }, this.list, el("div", { class: "gx-actions" }, actions)), this.problem, this.easelPlace, this.steps);
    if (!app.recorded) this.dropping();
    this.fill();
  }

  dropping() {
    const { root } = this.app;
    const over = event => {
      if (![...(event.dataTransfer?.types || [])].includes("Files")) return;
      event.preventDefault();
      root.classList.add("gx-dropping");
    };
    this.heard = [["dragover", over], ["dragleave", () => root.classList.remove("gx-dropping")], ["drop", event => {
      root.classList.remove("gx-dropping");
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      this.take(event.dataTransfer.files[0], event.dataTransfer.files[0].name);
    }]];
    for (const [name, act] of this.heard) root.addEventListener(name, act);
    root.dataset.drop = this.app.speaker.says("drop");
  }

  fill() {
    const { app } = this;
    this.list.replaceChildren(...app.pictures.map(each => {
      const chosen = each.picture === app.state.picture;
      return el("button", { type: "button", role: "option", "aria-selected": String(chosen), tabindex: chosen ? 0 : -1, data: { picture: each.picture }, "aria-label": app.pictureName(each), title: app.pictureName(each), onclick: () => app.go({ picture: each.picture }) }, photoImage(each.pixels));
    }));
  }

  update(changed) {
    if (changed.has("pictures")) this.fill();
    if (changed.has("picture"))
      for (const button of this.list.children) {
        const chosen = Number(button.dataset.picture) === this.app.state.picture;
        button.setAttribute("aria-selected", chosen);
        button.tabIndex = chosen ? 0 : -1;
        if (chosen && this.list.scrollWidth > this.list.clientWidth) this.list.scrollTo({ left: button.offsetLeft - this.list.clientWidth / 2 });
      }
    this.showSteps();
    if (changed.has("seen") || changed.has("pictures") || changed.has("picture")) this.tellVerdict();
  }

  // What it was taken for stands beside a drawing and a photo, too: on a phone the bars are far below.
  tellVerdict() {
    const { seen, state, speaker } = this.app, found = seen?.picture === state.picture && seen.probabilities;
    if (!found) return;
    const shares = [...found.data], order = shares.map((_, at) => at).sort((one, other) => shares[other] - shares[one]);
    const classes = order.slice(0, 3).map(at => `${this.app.className(at)} ${speaker.percent(shares[at])}`).join(", ");
    this.verdict.textContent = speaker.says("verdict", { classes });
  }

  pressed(event) {
    const buttons = [...this.list.children], at = buttons.indexOf(event.target), step = { ArrowRight: 1, ArrowLeft: -1, Home: -at, End: buttons.length - 1 - at }[event.key];
    if (at < 0 || step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = buttons[Math.max(0, Math.min(buttons.length - 1, at + step))];
    next.focus();
    this.app.go({ picture: Number(next.dataset.picture) });
  }

  async chosen() {
    const [file] = this.file.files;
    if (file) await this.take(file, file.name);
    this.file.value = "";
  }

  // A file or drawing on its way into the net.
  async take(blob, name, instead = null) {
    const { app } = this, { says } = app.speaker;
    this.problem.hidden = true;
    try {
      if (blob.size > LARGEST) throw new Error(says("tooLarge"));
      const found = await app.ask({ ask: "photo", name, ...(instead === null ? {} : { instead }) }, [await blob.arrayBuffer()]);
      const place = app.pictures.findIndex(each => each.picture === instead);
      if (place >= 0) app.pictures[place] = found;
      else app.pictures.push(found);
      app.go({ picture: found.picture }, false, ["pictures"]);
      return found.picture;
    } catch (error) {
      this.problem.textContent = app.sentence(error);
      this.problem.hidden = false;
      return null;
    }
  }

  showSteps() {
    const { app } = this, { of, says } = app.speaker, steps = app.pictures.find(each => each.picture === app.state.picture)?.steps;
    this.steps.hidden = !steps;
    if (!steps || (this.steps.shown === steps && this.steps.language === app.speaker.language)) return;
    Object.assign(this.steps, { shown: steps, language: app.speaker.language });
    const made = steps.map(step => el("li", {}, el("figure", {}, photoImage(step.pixels), el("figcaption", {}, of(step.words)))));
    this.steps.replaceChildren(el("h3", {}, says("steps")), el("ol", {}, made), this.verdict);
  }

  toggle() {
    const open = !this.easel;
    this.drawButton.setAttribute("aria-expanded", open);
    if (open) {
      this.easel = new Easel(this.app, this);
      this.easelPlace.replaceChildren(this.easel.node);
      this.easel.canvas.focus({ preventScroll: true });
      this.easel.node.scrollIntoView({ block: "nearest" });
    } else {
      this.easel = null;
      this.easelPlace.replaceChildren();
      this.drawButton.focus();
    }
  }

  end() {
    for (const [name, act] of this.heard || []) this.app.root.removeEventListener(name, act);
  }
}

// Where a garment is drawn, light on black.
class Easel {
  constructor(app, pictures) {
    this.app = app;
    this.pictures = pictures;
    this.known = null;
    const { says } = app.speaker;
    this.canvas = el("canvas", { width: SIDE, height: SIDE, tabindex: 0, role: "application", "aria-label": says("drawHere"), title: says("drawHere") });
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.context.lineCap = this.context.lineJoin = "round";
    this.cursor = el("span", { class: "gx-cursor", "aria-hidden": "true" });
    this.at = [SIDE / 2, SIDE / 2];
    this.size = el("input", { type: "range", min: 8, max: 60, value: 26 });
    this.shade = el("input", { type: "range", min: 0, max: 255, step: 15, value: 210 });
    this.settled = later(300, () => this.send());
    this.canvas.addEventListener("pointerdown", event => this.begin(event));
    this.canvas.addEventListener("pointermove", event => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => this.finish());
    this.canvas.addEventListener("keydown", event => this.pressed(event));
    this.wipe();
    this.node = el("div", { class: "gx-easel" }, el("div", { class: "gx-board" }, this.canvas, this.cursor),
      el("div", { class: "gx-tools" }, el("p", { class: "gx-faint" }, says("drawHere")), el("label", {}, says("brush"), this.size), el("label", {}, says("shade"), this.shade),
        el("div", {}, el("button", { type: "button", onclick: () => this.wipe() }, says("clear")), " ", el("button", { type: "button", onclick: () => pictures.toggle() }, says("close")))));
  }

  wipe() {
    this.context.fillStyle = "#000";
    this.context.fillRect(0, 0, SIDE, SIDE);
  }

  place(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [((event.clientX - left) / width) * SIDE, ((event.clientY - top) / height) * SIDE];
  }

  stroke(from, to) {
    const { context } = this, grey = this.shade.value;
    context.strokeStyle = `rgb(${grey}, ${grey}, ${grey})`;
    context.lineWidth = Number(this.size.value);
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(to[0] + 0.01, to[1]);
    context.stroke();
  }

  begin(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.place(event);
    this.stroke(this.last, this.last);
  }

  move(event) {
    if (!this.last) return;
    for (const each of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) {
      const to = this.place(each);
      this.stroke(this.last, to);
      this.last = to;
    }
  }

  finish() {
    if (!this.last) return;
    this.last = null;
    this.settled();
  }

  pressed(event) {
    const step = { ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, -10], ArrowDown: [0, 10] }[event.key];
    if (!step && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    const before = this.at;
    if (step) this.at = this.at.map((value, axis) => Math.max(0, Math.min(SIDE, value + step[axis])));
    if (event.key === " " || event.shiftKey) {
      this.stroke(event.shiftKey && step ? before : this.at, this.at);
      this.settled();
    }
    this.cursor.style.left = `${(100 * this.at[0]) / SIDE}%`;
    this.cursor.style.top = `${(100 * this.at[1]) / SIDE}%`;
  }

  send() {
    this.canvas.toBlob(async blob => {
      this.known = (await this.pictures.take(blob, this.app.speaker.says("drawing"), this.known)) ?? this.known;
    });
  }
}
