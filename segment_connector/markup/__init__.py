"""The few forms of Markdown and HTML that pages of the package share."""
