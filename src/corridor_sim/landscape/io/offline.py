"""Settings of GDAL under which no connection can leave the machine.

``CPL_VSIL_CURL_ALLOWED_EXTENSIONS`` closes GDAL's file systems on the network by their names. Some
drivers fetch without a file system; every request of theirs is sent to a proxy at a local socket
that does not exist, so it fails before a packet is made.
"""

_NOWHERE = "socks5h://localhost/nonexistent/no-network"
OFFLINE = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_HTTP_PROXY": _NOWHERE,
    "GDAL_HTTPS_PROXY": _NOWHERE,
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_VRT_ENABLE_RAWRASTERBAND": "NO",
    "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
}
