import Bitcoin
import Testing

@Suite struct AddressTests {}
