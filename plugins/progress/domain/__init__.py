"""The pure rules of progress: 附件1, periods, states of a report, plans."""
