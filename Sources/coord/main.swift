import OperatorCLI

await CoordCommand.run()
