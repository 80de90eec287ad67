"""The commands: each parses its words, calls the library and prints.

parser: the command line as a whole. train; look: evaluate, predict and models; explore; compare; machine: doctor; grade, regrade;
exercise; carry: convert; records: make-records; check_data. grade_more: what grade does besides. options: those that several
commands have. completion: the script by which a shell completes them.
"""

from gluon_alexnet.cli.parser import main

__all__ = ["main"]
