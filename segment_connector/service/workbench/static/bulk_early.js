// Before the page listens: a file that is dropped or chosen waits for it. Dropped anywhere, it is not opened instead.
(() => {
  const take = window.wbTake = (file) => {
    if (!file) return;
    if (window.wbSend) window.wbSend(file);
    else window.wbEarly = file;
  };
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    take(event.dataTransfer?.files[0]);
  });
  addEventListener("change", (event) => {
    const input = event.target;
    if (!window.wbSend && input.type === "file" && input.closest(".bk-drop")) take(input.files[0]);
  }, true);
})();
