import Program
import SimulatorCLI

await SimulatorCommand.runProgram()
