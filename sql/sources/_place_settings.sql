-- one try, no other host, and an end: a server that is away costs two seconds
SETTINGS http_max_tries = 1, max_http_get_redirects = 0, http_make_head_request = 0, http_connection_timeout = 2,
    http_send_timeout = {{ place.seconds }}, http_receive_timeout = {{ place.seconds }},
    max_threads = {{ place.parallel }}, max_download_threads = 1, enable_url_encoding = 0
