"""Investigations: what the service's reading actions tell together, told by files of ``investigations/``.

::

    investigations/trace.yaml      questions, gates, branches
        |  compiled                templates made ready, every action held to be a reading one
        |  inquiry                 asks at once what can be asked at once, never more than it may
        |  findings                what was found, for people, for programs and as a page
"""
