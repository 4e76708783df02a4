from cryptography import x509

from clickpipes_mcp.simulator.http.certificates import self_signed


def test_the_certificate_is_its_own_signer_and_names_loopback():
    certificate = x509.load_pem_x509_certificate(self_signed().certificate_pem.encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert certificate.issuer == certificate.subject
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert len(names.get_values_for_type(x509.IPAddress)) == 2


def test_the_key_is_not_shown():
    assert "PRIVATE" not in self_signed().certificate_pem
