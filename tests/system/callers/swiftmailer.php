<?php
// SPDX-License-Identifier: ISC
// Swift Mailer: swiftmailer.php COMMAND RECIPIENT
require '/usr/share/php/Swift/autoload.php';

$letter = (new Swift_Message('A letter'))->setFrom('app@example.org')->setTo($argv[2])
	->setBody(file_get_contents(__DIR__ . '/letter.txt'));
$mailer = new Swift_Mailer(new Swift_SendmailTransport($argv[1]));
exit($mailer->send($letter) == 1 ? 0 : 1);
