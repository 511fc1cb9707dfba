"""Plans between a folder and the workspace: pulled, compared, pushed, and nobody's work overwritten unseen."""
