<?php
// SPDX-License-Identifier: ISC
// Symfony Mailer: symfony.php DSN RECIPIENT
require '/usr/share/php/Symfony/Component/Mailer/autoload.php';

use Symfony\Component\Mailer\Transport;
use Symfony\Component\Mime\Email;

$letter = (new Email())->from('app@example.org')->to($argv[2])->subject('A letter')
	->text(file_get_contents(__DIR__ . '/letter.txt'));
Transport::fromDsn($argv[1])->send($letter);
