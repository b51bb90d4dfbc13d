NAME = "litert"


def version():
    raise ImportError
