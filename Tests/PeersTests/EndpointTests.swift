import Peers
import Testing

struct EndpointTests {
    @Test(
        "An endpoint is a name or an address and a port; an IPv6 address stands in brackets",
        arguments: [
            ("127.0.0.1:3920", "127.0.0.1", 3920), ("node.example:1", "node.example", 1), ("[::1]:3920", "::1", 3920),
            ("[::]:0", "::", 0), ("[2001:db8::7]:65535", "2001:db8::7", 65_535),
            ("[fe80::1%eth0]:3920", "fe80::1%eth0", 3920),
        ])
    func read(text: String, host: String, port: Int) {
        #expect(PeersConfiguration.Endpoint(text) == PeersConfiguration.Endpoint(host: host, port: port))
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "", ":", ":3920", "host", "host:", "host:65536", "host:-1", "host:+1", "host:1x", "::1:3920", "::1",
            "[::1]", "[::1]3920", "[::1:3920", "::1]:3920", "[]:3920", "[host]:3920", "[[::1]]:3920",
        ])
    func refused(text: String) { #expect(PeersConfiguration.Endpoint(text) == nil) }
}
