/** n8n's rules for community packages, and its rules for descriptions of nodes. */

import nodes from '@n8n/eslint-plugin-community-nodes';
import descriptions from 'eslint-plugin-n8n-nodes-base';
import { parser } from 'typescript-eslint';

const reasons = {
	// Names of products keep their capitals.
	'n8n-nodes-base/node-param-operation-option-action-miscased': 'off',
	// The resources are the groups of the connector, whose titles are plural.
	'n8n-nodes-base/node-param-resource-with-plural-option': 'off',
	// A parameter of that name that is the size of a page; the node's own Limit is as n8n wants it.
	'n8n-nodes-base/node-param-type-options-max-value-present': 'off',
	'n8n-nodes-base/node-param-default-wrong-for-limit': 'off',
	'n8n-nodes-base/node-param-description-wrong-for-limit': 'off',
};

export default [
	{ ...nodes.configs.recommended, files: ['**/*.js', '**/package.json'], languageOptions: { parser } },
	{
		files: ['**/*.node.ts'],
		plugins: { 'n8n-nodes-base': descriptions },
		languageOptions: { parser },
		rules: { ...descriptions.configs.nodes.rules, ...reasons },
	},
];
