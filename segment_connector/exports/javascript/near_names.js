'use strict';

/** Names that are nearly the one that was given, found as Python's difflib finds them. */

const CUTOFF = 0.6;

const folded = (text) => text.toLowerCase().replace(/[_\- ]/g, '');

/** How many letters stand in blocks that two texts share, the longest block first. */
function shared(one, other) {
	let length = 0;
	let first = 0;
	let second = 0;
	for (let left = 0; left < one.length; left += 1) {
		for (let right = 0; right < other.length; right += 1) {
			let same = 0;
			while (one[left + same] !== undefined && one[left + same] === other[right + same]) same += 1;
			if (same > length) [length, first, second] = [same, left, right];
		}
	}
	if (!length) return 0;
	const before = shared(one.slice(0, first), other.slice(0, second));
	return before + length + shared(one.slice(first + length), other.slice(second + length));
}

const likeness = (one, other) =>
	one.length + other.length ? (2 * shared(one, other)) / (one.length + other.length) : 1;

/** The sentence that offers the nearest of the known names; `null` when nothing is near. */
function didYouMean(name, known) {
	const wanted = folded(name.slice(0, 100));
	const names = new Map();
	for (const one of known) if (!names.has(folded(one))) names.set(folded(one), one);
	const near = [...names]
		.map(([text, one]) => ({ one, text, score: likeness(text, wanted) }))
		.filter(({ score }) => score >= CUTOFF)
		.sort((left, right) => right.score - left.score || (left.text < right.text ? 1 : -1))
		.slice(0, 3)
		.map(({ one }) => `'${one}'`);
	if (!near.length) return null;
	const last = near.pop();
	return `did you mean ${near.length ? `${near.join(', ')} or ` : ''}${last}?`;
}

module.exports = { didYouMean };
