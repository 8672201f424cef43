<?php
// SPDX-License-Identifier: ISC
// A page that sends the letter: ?to=RECIPIENT
$sent = mail($_GET['to'], 'A letter', file_get_contents(__DIR__ . '/letter.txt'),
	['Content-Type' => 'text/plain; charset=UTF-8']);
echo $sent ? "sent\n" : "not sent\n";
