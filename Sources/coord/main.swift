import OperatorCLI
import Program

await CoordCommand.runProgram()
