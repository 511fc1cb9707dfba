'use strict';

/** When a node runs, and the ids that it makes: the same ones when n8n tries the same item again. */

const { createHash, randomUUID } = require('node:crypto');

/** A UUID of version 8 (RFC 9562), which is what the same text always makes. */
function derivedId(text) {
	const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
	bytes[6] = (bytes[6] & 0x0f) | 0x80;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** What names one item of one run of a node in one execution; `undefined` where n8n does not say which execution it is. */
function nameOf(context) {
	const execution = context.getExecutionId();
	if (!execution) return undefined;
	const run = context.evaluateExpression('{{ $runIndex }}', context.getItemIndex());
	return [context.getWorkflow().id, execution, context.getNode().id, run, context.getItemIndex()].join('/');
}

/** The instant of a call, and what makes its ids. */
function momentOf(context) {
	const name = nameOf(context);
	let count = 0;
	return {
		now: new Date().toISOString(),
		newId: () => (name === undefined ? randomUUID() : derivedId(`${name}/${(count += 1)}`)),
	};
}

module.exports = { derivedId, momentOf, nameOf };
