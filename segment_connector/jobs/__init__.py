"""Jobs: one action for every entry of a file, asked once, resumable, with a proof; told by files of ``jobs/``.

::

    ids.csv                   entry_file.read_entries   each once, with what is doubtful about them
        |  job_runner.JobRunner.plan                 parts of as many as one call takes
        |  JobRunner.carry_out                       one call a part, written down before and after
    ids.csv.proof.json        proof.Proof            what was asked, by ids of the service and checksums of the entries
        |  JobRunner.follow                          what became of each
"""
