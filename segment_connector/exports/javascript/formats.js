'use strict';

/** The formats of texts that parameters have, each with its check and its cure; values that are not text fit. */

const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DATE_TIME =
	/^(\d{4})-(0[1-9]|1[0-2])-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

function isDateTime(value) {
	const found = DATE_TIME.exec(value);
	if (!found || found[1] === '0000') return false;
	const [year, month, day] = found.slice(1, 4).map(Number);
	const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
	return day >= 1 && day <= MONTHS[month - 1] + (month === 2 && isLeap ? 1 : 0);
}

function isBaseUrl(value) {
	return /^https?:\/\/[^/@]+/.test(value) && !/[\s\x00-\x20\x7f\\?#"<>^`{|}@]/.test(value) && URL.canParse(value);
}

function isRelativePath(value) {
	let decoded;
	try {
		decoded = decodeURIComponent(value);
	} catch {
		return false;
	}
	if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(decoded) || /[\\\x00-\x1f\x7f]/.test(decoded)) return false;
	if (/[?#]/.test(value) || value.startsWith('//')) return false;
	if (decoded.split('/').some((part) => part === '.' || part === '..')) return false;
	return ['', '/'].includes(value) || !value.replace(/^\/+|\/+$/g, '').split('/').includes('');
}

const ofText = (check) => (value) => typeof value !== 'string' || check(value);

const formats = {
	'date-time': {
		check: ofText(isDateTime),
		hint: 'write date, time and zone, for example 2026-01-31T12:00:00Z or 2026-01-31T12:00:00.000+01:00',
	},
	'base-url': {
		check: ofText(isBaseUrl),
		hint: 'write the address of the server, for example https://proxy.example.com/v1',
	},
	'relative-path': {
		check: ofText(isRelativePath),
		hint: "write the path below the API's address, for example /sources; the query goes into 'query'",
	},
};

module.exports = { formats };
