'use strict';

/** Errors as n8n shows them: what is wrong as the message, how to mend it below. */

const { NodeApiError, NodeOperationError } = require('n8n-workflow');

const { ServiceError } = require('./answer');
const { InputError, problemText } = require('./input_error');

/** The error of n8n for one of ours; other errors as they are. */
function nodeError(node, error, itemIndex) {
	if (error instanceof InputError) {
		const [first, ...others] = error.problems;
		const message = first.field ? `${first.field}: ${first.message}` : first.message;
		const description = [first.hint, ...others.map(problemText)].filter(Boolean).join('\n');
		return new NodeOperationError(node, message, { itemIndex, description });
	}
	if (error instanceof ServiceError) {
		const message = error.field ? `${error.message} (${error.field})` : error.message;
		const wait = error.retryAfter ? ` Try again after ${error.retryAfter} s.` : '';
		const description = `${error.hint ?? ''}${wait}`;
		const httpCode = error.status === undefined ? 'none' : String(error.status);
		return new NodeApiError(node, { message, code: error.code }, { itemIndex, message, description, httpCode });
	}
	return error;
}

module.exports = { nodeError };
