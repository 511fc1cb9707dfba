'use strict';

/** JSON as text: read so that nothing of it is lost in silence. */

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g;
const WHOLE = /^-?\d+(\.0*)?$/;

/**
 * The value that a JSON text is.
 *
 * @throws {SyntaxError} for what is not JSON, for a name that occurs twice in one object, and for a whole number that
 *     JavaScript would change
 */
function parseJson(text) {
	const value = parsed(text);
	const open = [];
	const tokens = text.match(TOKENS) ?? [];
	tokens.forEach((token, index) => {
		if (token === '{' || token === '[') open.push(new Set());
		else if (token === '}' || token === ']') open.pop();
		else if (tokens[index + 1] === ':') {
			const name = JSON.parse(token);
			if (open.at(-1).has(name)) throw new SyntaxError(`'${name.slice(0, 40)}' occurs twice in one object`);
			open.at(-1).add(name);
		} else if (WHOLE.test(token) && !Number.isSafeInteger(Number(token))) {
			throw new SyntaxError('it holds a whole number of more digits than JavaScript keeps');
		}
	});
	return value;
}

function parsed(text) {
	try {
		return JSON.parse(text);
	} catch (error) {
		// Node quotes the text around the mistake, and there may be a secret in it.
		throw new SyntaxError(error.message.split(/, (?:\.\.\.)?"/, 1)[0]);
	}
}

/** A JSON value as text that people read: with blanks after commas and colons. */
function jsonText(value) {
	if (Array.isArray(value)) return `[${value.map(jsonText).join(', ')}]`;
	if (value === null || typeof value !== 'object') return JSON.stringify(value);
	const members = Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${jsonText(item)}`);
	return `{${members.join(', ')}}`;
}

module.exports = { jsonText, parseJson };
