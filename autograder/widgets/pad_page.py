"""What the page runs and looks like where a pad is drawn on: an ES module for anywidget, and its style sheet."""

SCRIPT = """
const SIDE = 280, PEN = 28, STEP = 10;

function render({ model, el }) {
  const make = (name, parent, properties = {}) => {
    const made = Object.assign(document.createElement(name), properties);
    parent.append(made);
    return made;
  };
  const root = make("div", el, { className: "digit-pad" });
  // JupyterLab's shortcuts (arrows, D D) must not see the keys that are pressed here
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  const sheet = make("div", root, { className: "digit-pad-sheet" });
  const canvas = make("canvas", sheet, { width: SIDE, height: SIDE, tabIndex: 0 });
  const help = "Draw a digit here with the mouse or a finger. "
    + "With the keyboard: arrow keys move the pen, the space bar lowers and lifts it.";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", help);
  canvas.title = help;
  const pointer = make("div", sheet, { className: "digit-pad-pointer", hidden: true });
  const side = make("div", root, { className: "digit-pad-side" });
  make("div", side, { textContent: "What your model sees" });
  const small = make("img", side, { alt: "The drawing in 28 by 28 pixels", hidden: true });
  const clear = make("button", side, { type: "button", textContent: "Clear", className: "jupyter-button" });
  const said = make("output", root, { className: "digit-pad-said" });
  said.setAttribute("aria-live", "polite");

  const pen = canvas.getContext("2d");
  const blank = () => {
    pen.fillStyle = "white";
    pen.fillRect(0, 0, SIDE, SIDE);
  };
  blank();
  Object.assign(pen, { lineWidth: PEN, lineCap: "round", lineJoin: "round", strokeStyle: "black" });

  let last = null, keyboard = { x: SIDE / 2, y: SIDE / 2, down: false }, frame = 0;
  const line = (from, to) => {
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.lineTo(to.x, to.y);
    pen.stroke();
  };
  const tell = (drawing) => {
    model.set("drawing", drawing);
    model.save_changes();
  };
  const finished = () => tell(canvas.toDataURL("image/png"));
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: (event.clientX - box.left) * SIDE / box.width, y: (event.clientY - box.top) * SIDE / box.height };
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    pointer.hidden = true;
    last = place(event);
    line(last, last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last === null) return;
    // a fast hand makes several points between two events
    const points = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const point of points.length ? points : [event]) {
      const next = place(point);
      line(last, next);
      last = next;
    }
  });
  const lifted = () => {
    if (last === null) return;
    last = null;
    finished();
  };
  canvas.addEventListener("pointerup", lifted);
  canvas.addEventListener("pointercancel", lifted);

  const showPointer = () => {
    pointer.hidden = false;
    pointer.classList.toggle("digit-pad-down", keyboard.down);
    pointer.style.left = `${100 * keyboard.x / SIDE}%`;
    pointer.style.top = `${100 * keyboard.y / SIDE}%`;
  };
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key === " ") {
      keyboard.down = !keyboard.down;
      if (keyboard.down) line(keyboard, keyboard);
      else finished();
    } else if (event.key in moves) {
      const [dx, dy] = moves[event.key];
      const kept = (number) => Math.min(Math.max(number, 0), SIDE);
      const next = { x: kept(keyboard.x + STEP * dx), y: kept(keyboard.y + STEP * dy) };
      if (keyboard.down) line(keyboard, next);
      Object.assign(keyboard, next);
    } else return;
    event.preventDefault();
    event.stopPropagation();
    showPointer();
  });
  canvas.addEventListener("blur", () => {
    if (keyboard.down) finished();
    keyboard.down = false;
    pointer.hidden = true;
  });

  clear.addEventListener("click", () => {
    blank();
    keyboard = { x: SIDE / 2, y: SIDE / 2, down: false };
    pointer.hidden = true;
    tell("");
  });

  const showAnswer = () => {
    said.textContent = model.get("said");
    small.hidden = !model.get("preview");
    if (!small.hidden) small.src = model.get("preview");
  };
  // shown a second time, or in a second place: the same drawing
  const showDrawing = () => {
    if (!model.get("drawing")) return blank();
    const image = new Image();
    image.onload = () => pen.drawImage(image, 0, 0);
    image.src = model.get("drawing");
  };
  if (model.get("drawing")) showDrawing();
  showAnswer();
  model.on("change:said", showAnswer);
  model.on("change:preview", showAnswer);
  return () => {
    model.off("change:said", showAnswer);
    model.off("change:preview", showAnswer);
  };
}

export default { render };
"""

STYLE = """
.digit-pad { display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-start; padding: 4px;
             color: var(--jp-ui-font-color1, inherit); font-family: var(--jp-ui-font-family, sans-serif); }
.digit-pad-sheet { position: relative; width: 280px; height: 280px; }
.digit-pad canvas { width: 280px; height: 280px; box-sizing: border-box; cursor: crosshair; touch-action: none;
                    background: white; border: 1px solid var(--jp-border-color0, #888); }
.digit-pad canvas:focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 2px; }
.digit-pad-pointer { position: absolute; width: 14px; height: 14px; margin: -9px 0 0 -9px; border: 2px solid #1976d2;
                     border-radius: 50%; pointer-events: none; }
.digit-pad-pointer.digit-pad-down { background: #1976d2; }
.digit-pad-pointer[hidden], .digit-pad img[hidden] { display: none; }
.digit-pad-side { display: flex; flex-direction: column; gap: 8px; align-items: flex-start; }
.digit-pad img { width: 140px; height: 140px; image-rendering: pixelated; background: white;
                 border: 1px solid var(--jp-border-color0, #888); }
.digit-pad-said { flex-basis: 100%; min-height: 1.5em; white-space: pre-line; }
"""
