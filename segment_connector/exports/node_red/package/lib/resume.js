'use strict';

const fs = require('node:fs');
const path = require('node:path');

/**
 * Where a trigger node is in its items, on the disk, so that a restart loses none and repeats none.
 *
 * The file is replaced whole, so that a crash leaves the one before.
 */
class Resume {
  /** @param {string} folder @param {string} name of the node */
  constructor(folder, name) {
    this.folder = folder;
    this.file = path.join(folder, `${name}.json`);
  }

  /** @returns {{trigger?: string, after: number}} */
  read() {
    try {
      return { after: 0, ...JSON.parse(fs.readFileSync(this.file, 'utf8')) };
    } catch {
      return { after: 0 };
    }
  }

  /** @param {{trigger: string, after: number}} state */
  write(state) {
    fs.mkdirSync(this.folder, { recursive: true });
    fs.writeFileSync(`${this.file}.new`, JSON.stringify(state));
    fs.renameSync(`${this.file}.new`, this.file);
  }

  remove() {
    fs.rmSync(this.file, { force: true });
  }
}

module.exports = { Resume };
