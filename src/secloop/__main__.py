"""`python -m secloop`."""

from secloop.cli.main import main

if __name__ == "__main__":
    main()
