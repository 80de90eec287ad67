// A grid of numbers or pixels as one canvas: seen, clicked, and walked over with the arrow keys.
import { el } from "./dom.js";
import { INK } from "./paint.js";

const TEXT_FROM = 27, LINES_FROM = 9;

// about: label; rows, columns; image (a canvas); text(row, column) and ink(row, column) for large cells; hatched(row, column);
// boxes [{rows, columns, dim}]; point: [row, column] or null; moved(row, column): where the reader is; chosen(row, column); hover.
export class Places {
  constructor(app, about) {
    this.app = app;
    this.about = about;
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.node = el("div", { class: `gx-places ${about.kind || ""}`, role: "application", tabindex: about.fixed ? null : 0 }, this.canvas);
    if (about.fixed) this.node.setAttribute("role", "img");
    this.node.addEventListener("click", event => this.at(event, (row, column) => this.go(row, column, true)));
    this.node.addEventListener("pointermove", event => {
      if (event.pointerType === "touch") return;
      this.at(event, (row, column) => {
        if (event.buttons === 1) this.go(row, column);
        else this.about.hover?.(row, column);
      });
    });
    this.node.addEventListener("pointerleave", () => this.about.left?.());
    this.node.addEventListener("keydown", event => this.pressed(event));
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.node);
    this.set({});
  }

  set(changes) {
    Object.assign(this.about, changes);
    const { rows, columns, label, cell = 40 } = this.about;
    this.node.style.aspectRatio = `${columns} / ${rows}`;
    this.node.style.maxWidth = `${columns * cell}px`;
    this.node.setAttribute("aria-label", label);
    this.draw();
  }

  at(event, act) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const { rows, columns } = this.about;
    const row = Math.floor(((event.clientY - top) / height) * rows), column = Math.floor(((event.clientX - left) / width) * columns);
    if (row >= 0 && row < rows && column >= 0 && column < columns) act(row, column);
  }

  go(row, column, choose = false) {
    const { point, moved, chosen } = this.about;
    if (!point || point[0] !== row || point[1] !== column) {
      this.about.point = [row, column];
      this.draw();
      moved?.(row, column);
    }
    if (choose) chosen?.(row, column);
  }

  pressed(event) {
    if (this.about.fixed || event.ctrlKey || event.metaKey || event.altKey) return;
    const { rows, columns } = this.about, [row, column] = this.about.point || [0, 0];
    const to = {
      ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
      Home: [row, 0], End: [row, columns - 1], PageUp: [row - 10, column], PageDown: [row + 10, column],
    }[event.key];
    if (to) {
      const within = (value, length) => Math.max(0, Math.min(length - 1, value));
      this.go(within(to[0], rows), within(to[1], columns));
    } else if (event.key === "Enter" || event.key === " ") this.go(row, column, true);
    else return;
    event.preventDefault();
    // A notebook has its own use for these keys.
    event.stopPropagation();
  }

  draw() {
    const width = this.node.clientWidth, height = this.node.clientHeight;
    if (!width || !height) return;
    const dense = window.devicePixelRatio || 1, { rows, columns, image, hatched, text, ink } = this.about;
    const size = [Math.round(width * dense), Math.round(height * dense)];
    if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) [this.canvas.width, this.canvas.height] = size;
    const context = this.canvas.getContext("2d"), colours = INK[this.app.scheme];
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, ...size);
    context.imageSmoothingEnabled = false;
    if (image) context.drawImage(image, 0, 0, ...size);
    for (const over of this.about.over || []) context.drawImage(over, 0, 0, ...size);
    context.scale(dense, dense);
    const across = width / columns, down = height / rows;
    const cells = act => {
      for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) act(row, column, column * across, row * down);
    };
    if (hatched)
      cells((row, column, x, y) => {
        if (!hatched(row, column)) return;
        context.strokeStyle = colours.hatch;
        context.lineWidth = 1;
        context.beginPath();
        for (let step = 0; step < across + down; step += 5) {
          context.moveTo(x + Math.min(step, across), y + Math.max(0, step - across));
          context.lineTo(x + Math.max(0, step - down), y + Math.min(step, down));
        }
        context.stroke();
      });
    if (text && across >= LINES_FROM) this.lines(context, across, down, colours);
    if (text && across >= TEXT_FROM) {
      context.font = `${Math.min(13, across * 0.34)}px system-ui, sans-serif`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      cells((row, column, x, y) => {
        context.fillStyle = ink(row, column);
        context.fillText(text(row, column), x + across / 2, y + down / 2, across - 2);
      });
    }
    for (const box of this.about.boxes || []) this.box(context, box, across, down, width, height, colours);
    if (this.about.point) {
      const [row, column] = this.about.point;
      this.frame(context, column * across, row * down, across, down, colours);
    }
  }

  lines(context, across, down, colours) {
    const { rows, columns } = this.about;
    context.strokeStyle = colours.faint;
    context.globalAlpha = 0.35;
    context.lineWidth = 0.5;
    context.beginPath();
    for (let row = 1; row < rows; row++) {
      context.moveTo(0, row * down);
      context.lineTo(columns * across, row * down);
    }
    for (let column = 1; column < columns; column++) {
      context.moveTo(column * across, 0);
      context.lineTo(column * across, rows * down);
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  frame(context, x, y, across, down, colours) {
    // Seen on whatever is below: a dark line with a bright one in it.
    const least = 6, more = Math.max(0, least - across) / 2, besides = Math.max(0, least - down) / 2;
    const place = [x - more, y - besides, across + 2 * more, down + 2 * besides];
    context.lineWidth = 4;
    context.strokeStyle = this.app.scheme === "dark" ? "#000000" : "#ffffff";
    context.strokeRect(...place);
    context.lineWidth = 2;
    context.strokeStyle = colours.mark;
    context.strokeRect(...place);
  }

  box(context, { rows: [top, bottom], columns: [left, right], dim }, across, down, width, height, colours) {
    const place = [left * across, top * down, (right - left) * across, (bottom - top) * down];
    if (dim) {
      context.fillStyle = this.app.scheme === "dark" ? "rgba(10, 14, 18, .55)" : "rgba(255, 255, 255, .5)";
      context.beginPath();
      context.rect(0, 0, width, height);
      context.rect(...place);
      context.fill("evenodd");
    }
    this.frame(context, ...place, colours);
  }

  end() {
    this.watch.disconnect();
  }
}
