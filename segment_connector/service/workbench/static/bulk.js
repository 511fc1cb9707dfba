// The place where a file is dropped or chosen: it goes to the server, and its progress is shown meanwhile.
window.wbDrop ??= (id, url, largest) => {
  const zone = getHtmlElement(id);
  const input = zone.querySelector("input");
  const refuse = (words) => zone.dispatchEvent(new CustomEvent("wb-refused", { detail: words }));
  const send = (file) => {
    if (!file) return;
    if (file.size > largest) return refuse(`${file.name} has ${file.size} bytes, and at most ${largest} are taken.`);
    const form = new FormData();
    form.append("file", file, file.name);
    const request = new XMLHttpRequest();
    request.upload.onprogress = (event) => zone.style.setProperty("--done", `${(100 * event.loaded) / event.total}%`);
    request.onloadend = () => {
      zone.style.removeProperty("--done");
      input.value = "";
      if (request.status !== 200) refuse(`The service did not take ${file.name} (${request.status || "no answer"}).`);
    };
    request.open("POST", url);
    request.send(form);
  };
  input.addEventListener("change", () => send(input.files[0]));
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.dataset.over = "";
  });
  zone.addEventListener("dragleave", () => delete zone.dataset.over);
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    delete zone.dataset.over;
    send(event.dataTransfer.files[0]);
  });
  window.wbSend = send;
  if (window.wbEarly) send(window.wbEarly);
  delete window.wbEarly;
  zone.dataset.ready = "";
};
