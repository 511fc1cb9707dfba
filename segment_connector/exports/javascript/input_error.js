'use strict';

/** Inputs that were refused, with every problem found: its rule (`code`), message, cure (`hint`) and place (`field`). */
class InputError extends Error {
	constructor(code, message, hint = undefined, field = undefined) {
		const problems = Array.isArray(code) ? code : [{ code, message, hint, field }];
		super(problems.map(problemText).join('\n'));
		this.name = 'InputError';
		this.problems = problems;
	}
}

/** A problem as people read it: where, what, and the cure. */
function problemText({ field, message, hint }) {
	const head = field ? `${field}: ${message}` : message;
	return hint ? `${head} (${hint})` : head;
}

module.exports = { InputError, problemText };
