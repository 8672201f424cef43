// SPDX-License-Identifier: ISC
// nodemailer: nodemailer.js RECIPIENT. A promise that is rejected ends node with 1.
const { readFileSync } = require('fs');
const nodemailer = require('nodemailer');

nodemailer.createTransport({ sendmail: true }).sendMail({
	from: 'app@example.org',
	to: process.argv[2],
	subject: 'A letter',
	text: readFileSync(`${__dirname}/letter.txt`, 'utf8'),
});
