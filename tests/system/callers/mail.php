<?php
// SPDX-License-Identifier: ISC
// A page that sends the letter: ?to=RECIPIENT&parameters=FIFTH-ARGUMENT
$sent = mail($_GET['to'], 'A letter', file_get_contents(__DIR__ . '/letter.txt'),
	['Content-Type' => 'text/plain; charset=UTF-8'], $_GET['parameters'] ?? '');
echo $sent ? "sent\n" : "not sent\n";
