// Real keys and signatures for the text of P-38, by OpenSSL 3.0.22 on 2026-11-27:
//   openssl ecparam -name prime256v1 -genkey -noout -out key.pem
//   openssl dgst -sha256 -sign key.pem text
// and the same with secp384r1, secp256k1 and RSA of 2048 bits.
#ifndef LOUVER_TEST_SIGNATURES_KEYS_H
#define LOUVER_TEST_SIGNATURES_KEYS_H

/// The SHA-256 of the image is that of the eight bytes `an image`.
constexpr char kSignedText[] = "louver-ota:v1\nesp32c3\n7\n4096\na5df3fde7b200c3fa2791144c7e05c5c2bced4c6ad863d3a4cf76c972c1712f9\n";

/// Base64 of a DER SubjectPublicKeyInfo, and of a signature.
struct KeyAndSignature {
  const char* key;
  const char* signature;
};

constexpr KeyAndSignature kP256 = {
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEPeFCppbfuehjMPoCtnfc1QYbSNWeT4uWdg1wccKGotHtCnkVF8ep8AYgqlO6MHnw/ZuqlAKbhNBg2bpBeJItzQ==",
    "MEUCIGGF/7Dc5oUIlm1SdxYTOAjsz7zGVkBmLOQwIlibKhZDAiEA0GMIpviJ7+7rc1iABKcjBMkzWFUInc72EsRm72tqUUQ="};
constexpr KeyAndSignature kP384 = {
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEBeriVUyJjc93T9cqNWrYft898yDAkdOqUMY57dfgUyKt8fo1VNfAYU3JjQqv3r6amhH1KiGJb/TLxUKyaEgyb30ie6/PSxC+"
    "SNxuq86iNM/tXDV2V1YtMXSnJz93gYgO",
    "MGUCMQDobBzolwa0LEiYY9WN20NPHJWxQL53qgTzYjm1RIQqTir0YhfEY5szfiYqLxRrIJgCMFyvyfWNRyoHcqUameJDN4WKI5nRyjeJPjvDWZ/MgC8VTRu5i1EVGwtd"
    "1FLvYr7HBA=="};
constexpr KeyAndSignature kSecp256k1 = {
    "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEZ9+iC91gU5nteay7zobrzUdbmy7xHEqc6oyREBqksoscX1vycQqOGoPjdGRBDsBf/Tpy1Ke3LmaJtmZ9ncYLvA==",
    "MEQCIFDFSoxJfjh2COz3A+tgWhdQgpG0o1CB8jUcePcnjeb8AiBNmBkPyqqbDXoV0bFCgUIobFge8qM3sKaoctD0Q99FBg=="};
constexpr KeyAndSignature kRsa = {
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAy78tkPPa+G1ZZI4dQGUK3l/mc3x8ywCMNQ+7mDkJor2Uz8bd7VtelO7TqdPubS6krV9Tq8DhfBCWenkkEdPM"
    "Nj34GiMmxo7Qepwv/9ECkx2GD2FIgIi0aSSGeOiANASvwZ13g9xlB/7SkU/0lJU2RklQ+cvtAjk5geieE+YQrYVoYA0+x49VX2KYO8V5dpg3SZ4NfGzdHzvZeQ+mA98L"
    "LecWF26aiJ/CkPVlXTOQ5G4SomN3ds1+6w+TWYrdGa46Uhz4xwqUXPTRVAN7yU+PLlmzXdaCY2FtlVTyqmXQk3y66QQuVTABYyobVRrBdOb0CFMce/iYmH4hsyzS1LAu"
    "VQIDAQAB",
    "WaaFkz/sTrqkuNpLGD/+rYGjSuyhAioAX/78MHwnKwUK6l+fqJ4fLKejt3avTNJyc3xulvRqCAIKekwVlPOX/LyxQc0mLNT/AXIQza/KLiJTJ5y4LqFD2V2pFSHOWbq5"
    "xLdmplyPX4ZDZ50wWRLV4RwyNNPEpmFAjFqZEFAp+JI836wOp/wtsfpe4mUqdZj2IBuKQcwHRYzDMpuJHnLkC6jM5mIQ8w/r2DmtuU2g5CdsMdgsbgLnFkLVEZGTwBr+"
    "PUsA42ONRzEIUGfqLCVB+EkaGJ1dW2zOpxK2XI+XMKyHsn6ZrjVtcpYs4yqbkV1alcoIWtLE5efRdMrzqD42XA=="};

#endif
