"""Screenshots that come out the same on every machine, and how much two of them differ.

Text is drawn in Roboto, which NiceGUI brings, whatever fonts there are; what changes from run to run is covered.
Between two releases of Chromium the edges of letters still move by parts of a pixel. So not pixels are compared but
the mean colours of blocks of 8 by 8 of them: a block is other where a channel is off by more than 20 of 255. Measured
on the catalogue, wide and on a phone: text that is moved by a third of a pixel, spaced by a tenth or drawn bolder makes
0.07 % of the blocks others at most, and the words of all summaries in another order 0.3 %; another accent 0.5 %, badges
that are gone 0.4 %, three pixels more above the heading 0.6 %, a card that is gone 16 %.
"""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from playwright.sync_api import Page

FOLDER = Path(__file__).parent / "screens"

MOST_OTHER = 0.003  # of the blocks
_COVERED = "[data-port], .wb-code, [role=region] pre, time, .tg-time, .db-time"
_STYLE = f"""
:root {{ --wb-font: "Roboto" !important; --wb-mono: "Roboto" !important; }}
* {{ animation: none !important; transition: none !important; }}
.wb-page :is({_COVERED}), .wb-page :is({_COVERED}) * {{ color: transparent !important; }}
"""

_COMPARE = """async ([before, after]) => {
  const pixels = async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, image.width, image.height);
  };
  const [one, two] = [await pixels(before), await pixels(after)];
  if (one.width !== two.width || one.height !== two.height) return 1;
  const across = Math.ceil(one.width / 8);
  const blocks = across * Math.ceil(one.height / 8);
  const sums = new Float64Array(blocks * 3);
  const counts = new Float64Array(blocks);
  for (let y = 0; y < one.height; y++) {
    for (let x = 0; x < one.width; x++) {
      const block = Math.floor(y / 8) * across + Math.floor(x / 8);
      const at = (y * one.width + x) * 4;
      counts[block]++;
      for (let channel = 0; channel < 3; channel++) {
        sums[block * 3 + channel] += one.data[at + channel] - two.data[at + channel];
      }
    }
  }
  let other = 0;
  for (let block = 0; block < blocks; block++) {
    const off = [0, 1, 2].map((channel) => Math.abs(sums[block * 3 + channel] / counts[block]));
    if (Math.max(...off) > 20) other++;
  }
  return other / blocks;
}"""


def picture(page: Page) -> bytes:
    """The page as it is now, as PNG."""
    page.add_style_tag(content=_STYLE)
    page.evaluate("document.activeElement?.blur()")
    page.evaluate("document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(done)))")
    page.mouse.move(0, 0)
    return page.screenshot(animations="disabled", caret="hide")


def difference(page: Page, before: bytes, after: bytes) -> float:
    """The share of blocks that are other, from 0 to 1; 1 for pictures of different sizes.

    :param page: any page, whose browser compares them.
    """
    found: float = page.evaluate(_COMPARE, [b64encode(before).decode(), b64encode(after).decode()])
    return found
