// What Segment's own evaluator of FQL makes of conditions: a file with a JSON list of [tree, event] in, verdicts out.
//   node tsub.cjs FILE
const fs = require("fs");
const { matches } = require("@segment/tsub");

const cases = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const verdicts = cases.map(([ir, event]) => matches(event, { type: "fql", ir: JSON.stringify(ir) }));
process.stdout.write(JSON.stringify(verdicts));
