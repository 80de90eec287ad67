"""gluon-alexnet doctor."""

EXAMPLES = "example:\n  gluon-alexnet doctor --data ~/fashion-mnist"


def add(command):
    """Adds the command, by `command(function, help, examples)`, which makes its parser."""
    sub = command(doctor, "tell what this machine has, what is on, and why anything is off", EXAMPLES)
    sub.add_argument("--data", metavar="DIR", help="folder of the Fashion-MNIST files")


def doctor(arguments):
    from gluon_alexnet import doctor

    return doctor.main(arguments.data)
