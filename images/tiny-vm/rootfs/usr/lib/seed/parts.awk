# Cuts user data into files part-N (part-N.base64 where so encoded): the parts of a MIME multipart, or all of it as one.
function begin() { number++; head = 1; file = "part-" number }
{ sub(/\r$/, "") }
NR == 1 {
    multipart = /^(Content-Type|MIME-Version|From|Content-Transfer-Encoding)[: ]/
    if (!multipart) { begin(); head = 0 }
}
multipart && boundary == "" && /boundary=/ {
    boundary = $0
    sub(/.*boundary="?/, "", boundary)
    sub(/[";].*$/, "", boundary)
}
multipart && boundary != "" && $0 == "--" boundary { begin(); next }
multipart && boundary != "" && $0 == "--" boundary "--" { exit }
number == 0 { next }
head && $0 == "" { head = 0; next }
head { if (tolower($0) ~ /^content-transfer-encoding: *base64/) file = file ".base64"; next }
{ print > file }
