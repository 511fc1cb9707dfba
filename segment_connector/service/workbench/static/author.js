// What CodeMirror lacks as NiceGUI brings it: completions that the server gives, marks at lines, its look by theme.
window.wbEditors ??= new Map();
window.wbEditor ??= (id) => {
  if (!window.wbEditors.has(id)) {
    let asked = 0;
    let answered = () => {};
    let held = false;
    addEventListener("beforeunload", (event) => held && event.preventDefault());
    const view = async () => {
      const component = getElement(id);
      await component.editorPromise;
      return component.editor;
    };
    const source = async (context) => {
      const line = context.state.doc.lineAt(context.pos);
      const before = line.text.slice(0, context.pos - line.from);
      const number = ++asked;
      const answer = await new Promise((resolve) => {
        answered = (of, given) => of === number && resolve(given);
        setTimeout(resolve, 3000, null);
        getElement(id).$emit("wb-complete", {
          number, line: line.number, column: [...before].length, indent: !before.trim(), explicit: context.explicit,
        });
      });
      if (!answer || !answer.words.length || context.aborted) return null;
      const options = answer.words.map((word, index) => ({ ...word, boost: -index }));
      return { from: context.pos - answer.typed, options, filter: false };
    };
    const look = () => getElement(id)?.setTheme(document.body.classList.contains("body--dark") ? "githubDark" : "githubLight");
    window.wbEditors.set(id, {
      async begin(label) {
        const CM = await import("nicegui-codemirror");
        (await view()).dispatch({
          effects: CM.StateEffect.appendConfig.of([
            CM.EditorState.languageData.of(() => [{ autocomplete: source }]),
            CM.EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          ]),
        });
        look();
        new MutationObserver(look).observe(document.body, { attributeFilter: ["class"] });
        getElement(id).$el.dataset.ready = "";
      },
      hold(hold) {
        held = hold;
      },
      complete(number, answer) {
        answered(number, answer);
      },
      async mark(lines) {
        await view();
        const component = getElement(id);
        const there = Object.fromEntries(Object.entries(lines).filter(([line]) => line <= component.editor.state.doc.lines));
        component.setDecorations(Object.keys(there).map((line) => ({ kind: "line", line: Number(line), class: "au-found" })));
        component.setLineTooltips(there);
      },
      async focus() {
        (await view()).focus();
      },
      async goTo(number) {
        const editor = await view();
        const line = editor.state.doc.line(Math.min(number, editor.state.doc.lines));
        editor.dispatch({ selection: { anchor: line.from + /^\s*/.exec(line.text)[0].length }, scrollIntoView: true });
        editor.focus();
      },
    });
  }
  return window.wbEditors.get(id);
};
