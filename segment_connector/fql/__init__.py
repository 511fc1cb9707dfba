"""FQL, the language in which filters, transformations and triggers say which events they mean.

::

    'type = "track" and event = "Signed Up"'    text, as it stands in a filter
        |  tokens.tokens
        |  parser.parse                         a tree, or what is wrong with the text, where, and its cure
        |  condition.Condition.judge            met, not met, or not certain and why

The source of every rule is the page "Destination Filter Query Language" of the service's documentation. Where that page
is silent, ``@segment/tsub`` 2.0.1 is followed, which evaluates the same language in browsers; where it disagrees with
itself, both readings are tried, and the verdict is certain only if they agree.
"""
